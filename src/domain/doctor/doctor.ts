import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import { deviceAndAppManagementAssignmentFilter } from '../../model/assignment-filter.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Reader, Store } from '../../store/contract.ts';
import { wrongFilterUse } from '../filters/filter-use.ts';
import { ownersRemoved } from '../jobs/pending-work.ts';
import { textIn } from '../named-columns.ts';
import { type AnyFamily, allFamilies, countsUsers, typesBelow } from '../policies/families.ts';
import type { Discrepancy } from '../projection.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { userOf } from '../run-states/accounting.ts';
import { recountPolicy } from '../run-states/recount.ts';
import { findOne } from '../unit-of-work.ts';

/**
 * Verifies a database (docs/adr/0005-derived-rows-are-stored.md): every counter against a full recount, the payloads of every filter against
 * the assignments, every row against its policy, and every script state against its device. It reads in one snapshot and changes nothing.
 */

/** A fault, in words that an operator can act on. */
export interface Problem {
  readonly tenantId: string;
  readonly entity: string;
  readonly id: string;
  readonly problem: string;
}

function wordsFor({ column, stored, counted }: Discrepancy): string {
  if (column === 'id')
    return stored === undefined ? 'it is not there, though there are rows to count' : 'it is there, though it has no rows to count';
  return `${column} is ${JSON.stringify(stored ?? null)}, but the rows add up to ${JSON.stringify(counted ?? null)}`;
}

type Found = Omit<Problem, 'tenantId'>;

interface Policies<Known> {
  /** Ids of the policies that each family has. */
  readonly known: Known;
  readonly removed: ReadonlySet<string>;
}

/** Checks families that share ids and states. @param policies `known` receives the ids of each family's policies */
async function* checkFamilies(
  families: readonly AnyFamily[],
  reader: Reader,
  { known, removed }: Policies<Map<AnyFamily, ReadonlySet<string>>>,
): AsyncGenerator<Found> {
  const typeOf = new Map<string, EntityType>();
  for (const family of families) {
    const ids = new Set<string>();
    known.set(family, ids);
    for await (const row of streamRows(reader, { from: family.policy, scope: {}, properties: ['id'] })) {
      const { id } = row;
      const other = typeOf.get(id);
      if (other !== undefined) yield { entity: family.policy.name, id, problem: `its id is that of a ${other.name}, too` };
      typeOf.set(id, family.policy);
      ids.add(id);
      for await (const found of recountPolicy(family, reader, id)) yield { entity: found.entity, id: found.id, problem: wordsFor(found) };
    }
  }
  const family = families[0]!;
  if (shapeOf(family.deviceState).property.has('managedDeviceId')) yield* checkDevices(family, reader, removed);
}

/** Device states that name a managed device have one, and its user. */
async function* checkDevices(family: AnyFamily, reader: Reader, removed: ReadonlySet<string>): AsyncGenerator<Found> {
  const userColumn = countsUsers(family) ? [family.deviceUserColumn] : [];
  const properties = ['policyId', 'id', 'managedDeviceId', ...userColumn] as const;
  for await (const row of streamRows(reader, { from: family.deviceState, scope: {}, properties })) {
    const id = textIn(row, 'managedDeviceId');
    if (id === null || removed.has(textIn(row, 'policyId')!)) continue;
    const device = await findOne(reader, managedDevice, { id });
    if (device !== undefined && (!countsUsers(family) || (device.userPrincipalName || null) === userOf(family, row))) continue;
    yield {
      entity: family.deviceState.name,
      id: row.id,
      problem: device === undefined ? `its managed device '${id}' does not exist` : `its user is not the user of managed device '${id}'`,
    };
  }
}

/** Finds rows of a type whose policy does not exist in any family of that type. */
async function* checkOwners(
  type: EntityType,
  reader: Reader,
  { known, removed }: Policies<ReadonlyMap<AnyFamily, ReadonlySet<string>>>,
): AsyncGenerator<Found> {
  const owners = allFamilies.filter((family) => typesBelow(family).includes(type));
  const key = type.storage!.key;
  const properties = [...new Set([...key, 'policyId', ...(shapeOf(type).property.has('id') ? ['id'] : [])])];
  for await (const row of streamRows(reader, { from: type, scope: {}, properties })) {
    const policyId = textIn(row, 'policyId')!;
    if (removed.has(policyId) || owners.some((family) => known.get(family)!.has(policyId))) continue;
    const names = owners.map(({ policy }) => policy.name).join(' or ');
    yield {
      entity: type.name,
      id: textIn(row, 'id') ?? key.map((name) => row[name]).join('/'),
      problem: `it belongs to ${names} '${policyId}', which does not exist`,
    };
  }
}

/** @param removed policies that are gone, whose rows are still being removed */
async function* checkAll(reader: Reader, removed: ReadonlySet<string>): AsyncGenerator<Found> {
  const known = new Map<AnyFamily, ReadonlySet<string>>();
  for (const families of Map.groupBy(allFamilies, ({ deviceState }) => deviceState).values())
    yield* checkFamilies(families, reader, { known, removed });
  for (const type of new Set(allFamilies.flatMap(typesBelow))) yield* checkOwners(type, reader, { known, removed });
  const entity = deviceAndAppManagementAssignmentFilter.name;
  const assignments = [...new Set(allFamilies.map(({ assignment }) => assignment))];
  for await (const wrong of wrongFilterUse(reader, assignments)) yield { entity, ...wrong };
}

/** Checks one tenant. Reads in one snapshot, so it may run beside a live server. */
export async function* checkTenant(store: Pick<Store, 'read'>, tenantId: string): AsyncGenerator<Problem> {
  const problems = await store.read(tenantId, async (reader) => {
    const found: Problem[] = [];
    const removed = new Set(await ownersRemoved(reader, tenantId));
    for await (const problem of checkAll(reader, removed)) found.push({ tenantId, ...problem });
    return found;
  });
  yield* problems;
}
