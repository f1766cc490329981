import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Infer } from '../../edm/infer.ts';
import { TYPE_COLUMN } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { deletedGroup, deletedItem, deletedUser, restore } from '../../model/deleted-item.ts';
import { group } from '../../model/directory.ts';
import { directoryObject, groupMember, groupOwner } from '../../model/directory-object.ts';
import { user } from '../../model/managed-device.ts';
import { column, keyOrder } from '../../query/column.ts';
import type { Store } from '../../store/contract.ts';
import { type EntityRules, newRow, plainRules } from '../entity-rules.ts';
import { forgetWork } from '../jobs/pending-work.ts';
import { textIn } from '../named-columns.ts';
import { changing, type OperationRule } from '../operation-rule.ts';
import { regrouping } from '../roles/device-tags.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { checkGroupName, checkUserName } from './directory-names.ts';
import { directoryRow } from './directory-operations.ts';

/** What becomes of users and groups that are deleted: they are kept, can be restored, and go for good after {@link DELETED_DAYS}. */

/** How long they are kept, as Graph has it. */
export const DELETED_DAYS = 30;
/** How many members, owners, memberships and ownerships each are kept with one. Restored, it has no more. */
export const KEPT_LINKS = 2000;
/** How many ids one statement looks up. */
const SLICE = 200;
/** How many go in one transaction of the sweep. */
const STEP = 200;
const DAY_MS = 86_400_000;

const LINKS = [groupMember, groupOwner] as const;
/** The end of a link that the deleted object is at → the other one. */
const ENDS = [
  ['id', 'groupId'],
  ['groupId', 'id'],
] as const;
type End = (typeof ENDS)[number][0];

const kinds = [
  { live: user, kept: deletedUser },
  { live: group, kept: deletedGroup },
] as const;

/** By link type and the object's end: the ids at the other end. */
type KeptLinks = Readonly<Record<string, readonly string[]>>;
const linkName = (link: { readonly name: string }, end: End): string => `${link.name}.${end}`;

/** Keeps an object that is about to be deleted, while its links are still there. */
export async function keepDeleted<T extends typeof user | typeof group>(change: UnitOfWork, type: T, row: Infer<T>): Promise<void>;
export async function keepDeleted(change: UnitOfWork, type: EntityType, row: Row): Promise<void> {
  const keptLinks: Record<string, readonly string[]> = {};
  for (const link of LINKS) {
    for (const [end, other] of ENDS) {
      const scope = { [end]: textIn(row, 'id')! };
      const plan = { from: link, scope, orderBy: keyOrder(link, scope), limit: KEPT_LINKS };
      keptLinks[linkName(link, end)] = (await change.writer.select(plan)).map((found) => found[other]);
    }
  }
  const { kept } = kinds.find(({ live }) => live === type)!;
  await change.writer.insert<EntityType>(kept, newRow<EntityType>(kept, change, { ...row, deletedDateTime: change.now, keptLinks }));
}

/** Those of the ids that are those of objects now. */
async function existing(change: UnitOfWork, end: End, ids: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < ids.length; from += SLICE) {
    const rows = await change.writer.select({
      from: end === 'id' ? group : directoryObject, // the object is a member: the other end is a group
      scope: { id: ids.slice(from, from + SLICE) },
      orderBy: [],
      properties: ['id'],
    });
    found.push(...rows.map(({ id }) => id));
  }
  return found;
}

/** Links that lead somewhere still, and that are not there. */
async function relink(change: UnitOfWork, id: string, kept: KeptLinks): Promise<void> {
  for (const link of LINKS) {
    for (const [end, other] of ENDS) {
      for (const there of await existing(change, end, kept[linkName(link, end)] ?? [])) {
        const ends = { [end]: id, [other]: there };
        if ((await findOne<EntityType>(change.writer, link, ends)) === undefined) await plainRules<EntityType>(link).create(change, ends);
      }
    }
  }
}

async function restoreObject(change: UnitOfWork, id: string): Promise<Row> {
  for (const { live, kept } of kinds) {
    const row = await findOne<EntityType>(change.writer, kept, { id });
    if (row === undefined) continue;
    const { keptLinks, deletedDateTime: _, ...values } = row;
    await (live === user ? checkUserName : checkGroupName)(change, values);
    // What is still being removed of its links stays: it is the group's again.
    await forgetWork(change, id, 'remove');
    const restored = await plainRules<EntityType>(live).create(change, values);
    await regrouping(change, [id], () => relink(change, id, (keptLinks ?? {}) as KeptLinks));
    await change.writer.delete({ from: kept, scope: { id } });
    return { ...restored, [TYPE_COLUMN]: live.name };
  }
  throw new AppError('notFound', `There is no deleted object with the id '${id}'.`, { missingId: id });
}

export const deletedItemOperations: readonly OperationRule[] = [
  changing(restore, async (change, { bound }) => directoryRow(await restoreObject(change, bound.id))),
];

/** A delete of a deleted object is final. */
export const deletedItemRules: EntityRules<typeof deletedItem> = {
  ...plainRules(deletedItem),
  async remove(change, { id }) {
    for (const { kept } of kinds) await change.writer.delete({ from: kept, scope: { id } });
  },
};

/**
 * Removes what a tenant deleted too long ago, one small transaction's worth of each kind.
 * @param now milliseconds since 1970-01-01T00:00:00Z
 * @returns whether there may be more to remove
 */
export async function removeLongDeleted(store: Pick<Store, 'read' | 'write'>, tenantId: string, now: number): Promise<boolean> {
  const before = dateTimeOffsetOf(now - DELETED_DAYS * DAY_MS);
  let more = false;
  for (const { kept: from } of kinds) {
    const time = column(from, 'deletedDateTime');
    const right = { kind: 'literal', type: 'Edm.DateTimeOffset', value: before } as const;
    const where = { kind: 'binary', type: 'Edm.Boolean', operator: 'lt', left: time, right } as const;
    const orderBy = [{ expression: time, descending: false }, ...keyOrder(from)];
    const plan = { from, scope: {}, where, orderBy, limit: STEP, properties: ['id'] } as const;
    const id = (await store.read(tenantId, (reader) => reader.select(plan))).map((row) => row.id);
    if (id.length > 0) await store.write(tenantId, (writer) => writer.delete({ from, scope: { id }, where }));
    more ||= id.length === STEP;
  }
  return more;
}
