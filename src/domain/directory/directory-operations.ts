import type { Infer } from '../../edm/infer.ts';
import { shapeOf, TYPE_COLUMN } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { device, group } from '../../model/directory.ts';
import { checkMemberGroups, checkMemberObjects, getByIds, getMemberGroups, getMemberObjects } from '../../model/directory-actions.ts';
import type { directoryObject } from '../../model/directory-object.ts';
import { user } from '../../model/managed-device.ts';
import { keyOrder } from '../../query/column.ts';
import type { SelectPlan } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';
import { type OperationRule, reading } from '../operation-rule.ts';

/** What can be asked about objects of the directory. */

/** How many groups one request may ask about. */
export const CHECKED_GROUPS = 20;
/** How many groups of an object one answer may name. */
export const NAMED_GROUPS = 11_000;
/** How many objects one request may ask for. */
export const OBJECTS_BY_ID = 1000;

/** An object of any type in the directory. */
type DirectoryRow = Infer<typeof directoryObject>;

/** A row of a type that derives from `directoryObject`, as one of that: {@link TYPE_COLUMN} says which. */
export const directoryRow = (row: Row): DirectoryRow => row as DirectoryRow;

const transitiveMemberOf = shapeOf(user).navigation.find(({ name }) => name === 'transitiveMemberOf')!;

/** The ids of groups that an object is in, directly or through others. */
async function groupsOf(
  reader: Reader,
  { id }: DirectoryRow,
  { scope = {}, ...plan }: Partial<Pick<SelectPlan<typeof group>, 'scope' | 'limit'>>,
): Promise<string[]> {
  const linked = { navigation: transitiveMemberOf, source: { id } };
  const rows = await reader.select({ from: group, scope, linked, orderBy: keyOrder(group), properties: ['id'], ...plan });
  return rows.map((row) => row.id);
}

/** @throws invalidValue for a malformed id, and for too many ids */
function checkedIds(ids: readonly string[], target: string, most: number): readonly string[] {
  if (ids.length > most)
    throw new AppError('invalidValue', `'${target}' holds ${ids.length} ids: ${most} are possible. Ask again for the others.`, { target });
  const wrong = ids.find((id) => !isUuid(id));
  if (wrong !== undefined) throw new AppError('invalidValue', `'${wrong.slice(0, 100)}' in '${target}' is no id. Send UUIDs.`, { target });
  return ids.map((id) => id.toLowerCase());
}

async function checkGroups(reader: Reader, object: DirectoryRow, [ids, target]: readonly [readonly string[], string]): Promise<string[]> {
  const asked = checkedIds(ids, target, CHECKED_GROUPS);
  if (asked.length === 0) return [];
  const found = await groupsOf(reader, object, { scope: { id: [...new Set(asked)] } });
  return [...new Set(asked)].filter((id) => found.includes(id));
}

/** @throws invalidRequest when the object is in too many */
async function allGroups(reader: Reader, object: DirectoryRow, securityEnabledOnly: boolean | null | undefined): Promise<string[]> {
  const found = await groupsOf(reader, object, {
    ...(securityEnabledOnly === true ? { scope: { securityEnabled: true } } : {}),
    limit: NAMED_GROUPS + 1,
  });
  if (found.length <= NAMED_GROUPS) return found;
  throw new AppError('invalidRequest', `The object is in more than ${NAMED_GROUPS} groups. Read 'transitiveMemberOf' page by page.`);
}

const TYPES = [user, group, device];

/** The objects that there are of these ids, in the order that they are asked for in. */
async function objectsById(reader: Reader, ids: readonly string[], types: readonly string[]): Promise<DirectoryRow[]> {
  const asked = checkedIds(ids, 'ids', OBJECTS_BY_ID);
  const names = types.map((name) => name.replace(/^#?microsoft\.graph\./i, '').toLowerCase());
  const wanted = names.length === 0 || names.includes('directoryobject') ? TYPES : TYPES.filter(({ name }) => names.includes(name));
  const found = new Map<string, DirectoryRow>();
  for (const from of asked.length === 0 ? [] : wanted) {
    for (const row of await reader.select({ from, scope: { id: [...new Set(asked)] }, orderBy: [] }))
      found.set(row.id, directoryRow({ ...row, [TYPE_COLUMN]: from.name }));
  }
  return [...new Set(asked)].map((id) => found.get(id)).filter((row) => row !== undefined);
}

export const directoryOperations: readonly OperationRule[] = [
  reading(checkMemberGroups, ({ reader }, { bound, parameters }) => checkGroups(reader, bound, [parameters.groupIds, 'groupIds'])),
  reading(checkMemberObjects, ({ reader }, { bound, parameters }) => checkGroups(reader, bound, [parameters.ids, 'ids'])),
  reading(getMemberGroups, ({ reader }, { bound, parameters }) => allGroups(reader, bound, parameters.securityEnabledOnly)),
  reading(getMemberObjects, ({ reader }, { bound, parameters }) => allGroups(reader, bound, parameters.securityEnabledOnly)),
  reading(getByIds, ({ reader }, { parameters }) => objectsById(reader, parameters.ids, parameters.types ?? [])),
];
