import type { EntityType } from '../../edm/declare.ts';
import { type Navigation, shapeOf } from '../../edm/link.ts';
import { deviceHealthScript } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState } from '../../model/device-health-script-policy-state.ts';
import { device } from '../../model/directory.ts';
import { directoryObject } from '../../model/directory-object.ts';
import { hardwarePasswordDetail, hardwarePasswordInfo } from '../../model/hardware-password.ts';
import { model } from '../../model/index.ts';
import { managedDevice } from '../../model/managed-device.ts';
import { conjunction, type Expression, type LambdaExpression } from '../../query/expression.ts';
import { limitRows, type Visible } from '../../query/limit-rows.ts';
import { type Reader, typedReader } from '../../store/contract.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/**
 * Scope tags limit callers (docs/adr/0016-role-scope-tags.md). A limited caller sees the entities that carry one of its tags, and their
 * contained entities. The types follow from the model, so that a new resource with scope tags is limited as soon as it is declared.
 */

/** The tag of everything that carries none. */
export const DEFAULT_TAG = '0';

/** The property that holds the scope tags of a type's entities; undefined of a type that cannot be tagged. */
export function tagPropertyOf(type: EntityType): string | undefined {
  return ['roleScopeTagIds', 'roleScopeTags'].find((name) => shapeOf(type).property.get(name)?.collection === true);
}

/** Stored types whose entities carry scope tags. */
export const taggedTypes: readonly EntityType[] = model.stored.filter((type) => tagPropertyOf(type) !== undefined);

/** From a contained entity to what contains it. */
const upwards = (to: EntityType, { join }: Pick<Navigation, 'join'>): Navigation => ({
  kind: 'navigation',
  name: `$in${to.name}`,
  target: to,
  collection: true,
  contained: false,
  nullable: true,
  join: Object.fromEntries(Object.entries(join).map(([there, here]) => [here, there])),
  fixed: {},
  capabilities: [],
  access: {},
});

/**
 * Whether the targets of a navigation live and die with its source: they are contained, or, where the published metadata does not
 * say so (summaries), named by the source's id.
 */
const isOwned = ({ contained, join, target, through }: Navigation): boolean =>
  target.storage !== undefined &&
  through === undefined &&
  Object.keys(join).length > 0 &&
  (contained || Object.entries(join).every(([there, here]) => here === 'id' && target.storage!.key.includes(there)));

/** Of each type that is contained in tagged entities, at whatever depth: the ways to what contains it. */
const containers: ReadonlyMap<EntityType, readonly Navigation[]> = (() => {
  const found = new Map<EntityType, Navigation[]>();
  for (let level = taggedTypes; level.length > 0; ) {
    const next = new Map<EntityType, Navigation[]>();
    for (const type of level) {
      for (const navigation of shapeOf(type).navigation) {
        const { target } = navigation;
        if (!isOwned(navigation) || taggedTypes.includes(target) || found.has(target)) continue;
        next.set(target, [...(next.get(target) ?? []), upwards(type, navigation)]);
      }
    }
    for (const [type, ways] of next) found.set(type, ways);
    level = [...next.keys()];
  }
  return found;
})();

/**
 * Entities that must be visible as well: `any` requires one, `all` accepts none. BIOS passwords are those of a device, policy states
 * those of a script; devices of the directory are the managed ones another way.
 */
const belongings = new Map<EntityType, readonly [LambdaExpression['operator'], Navigation]>([
  [hardwarePasswordDetail, ['any', upwards(managedDevice, { join: { id: 'id' } })]],
  [hardwarePasswordInfo, ['any', upwards(managedDevice, { join: { serialNumber: 'serialNumber' } })]],
  [deviceHealthScriptPolicyState, ['any', upwards(deviceHealthScript, { join: { policyId: 'id' } })]],
  [device, ['all', upwards(managedDevice, { join: { id: 'id' } })]],
  [directoryObject, ['all', upwards(managedDevice, { join: { id: 'id' } })]],
]);

const either = (left: Expression, right: Expression): Expression => ({ kind: 'binary', type: 'Edm.Boolean', operator: 'or', left, right });

/** That a list of tags holds one of these. @param rest the variable that stands for the row, if there is one */
export function carriesAny(
  type: EntityType,
  name: string,
  rest: { readonly tags: readonly string[]; readonly variable?: string },
): Expression {
  const { tags, ...start } = rest;
  const property = shapeOf(type).property.get(name)!;
  const collection = { kind: 'path', type: property.type, ...start, navigation: [], property, nested: [] } as const;
  const operand = { kind: 'path', type: 'Edm.String', variable: '$tag', navigation: [], nested: [] } as const;
  const items = tags.map((value) => ({ kind: 'literal', type: 'Edm.String', value }) as const);
  const any = { kind: 'lambda', type: 'Edm.Boolean', operator: 'any', collection } as const;
  const carries: Expression = { ...any, variable: '$tag', predicate: { kind: 'in', type: 'Edm.Boolean', operand, items } };
  return tags.includes(DEFAULT_TAG) ? either(carries, { kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: any }) : carries;
}

/** What is visible with scope tags. */
export function visibleWith(tags: readonly string[]): Visible {
  const visible: Visible = (type, variable) => {
    const name = tagPropertyOf(type);
    const start = variable === undefined ? {} : { variable };
    if (name !== undefined) return carriesAny(type, name, { tags, ...start });
    const seen = (operator: LambdaExpression['operator'], navigation: Navigation): Expression => {
      const collection = { kind: 'navigationCollection', ...start, navigation } as const;
      const predicate = visible(navigation.target, '$container')!;
      return { kind: 'lambda', type: 'Edm.Boolean', operator, collection, variable: '$container', predicate };
    };
    const ways = containers.get(type)?.map((navigation) => seen('any', navigation));
    const besides = belongings.get(type);
    return conjunction(ways?.reduce(either), besides && seen(...besides));
  };
  return visible;
}

/** A reader that finds only rows that are visible with these scope tags. */
export function visibleReader(reader: Reader, tags: readonly string[]): Reader {
  const visible = visibleWith(tags);
  return typedReader({
    select: (plan) => reader.select(limitRows(plan, visible)),
    count: (rows) => reader.count(limitRows(rows, visible)),
  });
}

/** What the caller of a change sees: what a body names is looked up there. */
export const seenBy = ({ writer, scopeTags }: Pick<UnitOfWork, 'writer' | 'scopeTags'>): Reader =>
  scopeTags === undefined ? writer : visibleReader(writer, scopeTags);
