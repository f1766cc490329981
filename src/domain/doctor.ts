import type { EntityType } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import { managedDevice } from '../model/managed-device.ts';
import type { Reader, Store } from '../store/contract.ts';
import { userOf } from './accounting.ts';
import { findOne } from './change.ts';
import type { Discrepancy } from './companion.ts';
import { allFamilies } from './device-families.ts';
import { type AnyFamily, countsUsers, typesBelow } from './policy-family.ts';
import { recountPolicy } from './recount.ts';
import { streamRows } from './stream-rows.ts';

/** Verifies a database: every counter against a full recount, every row below a policy that exists, every script state against its device. */

/** Something that is wrong, in words an operator can act on. */
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

/** The counters of a family, and the devices of its states. @param known takes the ids of the policies that there are */
async function* checkFamily(family: AnyFamily, reader: Reader, known: Set<string>): AsyncGenerator<Found> {
  for await (const { id } of streamRows(reader, { from: family.policy, scope: {}, properties: ['id'] })) {
    known.add(id as string);
    for await (const found of recountPolicy(family, reader, id as string)) {
      yield { entity: found.entity, id: found.id, problem: wordsFor(found) };
    }
  }
  if (!shapeOf(family.deviceState).property.has('managedDeviceId')) return;
  const userColumn = countsUsers(family) ? [family.deviceUserColumn] : [];
  const properties = ['policyId', 'id', 'managedDeviceId', ...userColumn];
  for await (const row of streamRows(reader, { from: family.deviceState, scope: {}, properties })) {
    if (row.managedDeviceId === null) continue;
    const device = await findOne(reader, managedDevice, { id: row.managedDeviceId! });
    if (device !== undefined && (!countsUsers(family) || (device.userPrincipalName || null) === userOf(family, row))) continue;
    yield {
      entity: family.deviceState.name,
      id: row.id as string,
      problem:
        device === undefined
          ? `its managed device '${row.managedDeviceId as string}' does not exist`
          : `its user is not the user of managed device '${row.managedDeviceId as string}'`,
    };
  }
}

/** Rows of a type that belong to none of the families that have it. */
async function* checkOwners(type: EntityType, reader: Reader, known: ReadonlyMap<AnyFamily, Set<string>>): AsyncGenerator<Found> {
  const owners = allFamilies.filter((family) => typesBelow(family).includes(type));
  const key = type.storage!.key;
  for await (const row of streamRows(reader, { from: type, scope: {}, properties: [...key, 'policyId'] })) {
    const policyId = row.policyId as string;
    if (owners.some((family) => known.get(family)!.has(policyId))) continue;
    const names = owners.map(({ policy }) => policy.name).join(' or ');
    yield {
      entity: type.name,
      id: (row.id as string | undefined) ?? key.map((name) => row[name]).join('/'),
      problem: `it belongs to ${names} '${policyId}', which does not exist`,
    };
  }
}

async function* checkAll(reader: Reader): AsyncGenerator<Found> {
  const known = new Map(allFamilies.map((family) => [family, new Set<string>()]));
  for (const [family, ids] of known) yield* checkFamily(family, reader, ids);
  for (const type of new Set(allFamilies.flatMap(typesBelow))) yield* checkOwners(type, reader, known);
}

/** Checks one tenant. Reads in one snapshot, so it may run beside a live server. */
export async function* checkTenant(store: Pick<Store, 'read'>, tenantId: string): AsyncGenerator<Problem> {
  const problems = await store.read(tenantId, async (reader) => {
    const found: Problem[] = [];
    for await (const problem of checkAll(reader)) found.push({ tenantId, ...problem });
    return found;
  });
  yield* problems;
}
