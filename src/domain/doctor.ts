import type { EntityType } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import { deviceAndAppManagementAssignmentFilter } from '../model/assignment-filter.ts';
import { managedDevice } from '../model/managed-device.ts';
import type { Reader, Store } from '../store/contract.ts';
import { userOf } from './accounting.ts';
import { findOne } from './change.ts';
import { wrongFilterUse } from './filter-use.ts';
import { type PolicyFamily, policyFamilies } from './policy-family.ts';
import { type Discrepancy, recountPolicy } from './recount.ts';
import { streamRows } from './stream-rows.ts';

/** Verifies a database: every counter against a full recount, every filter's payloads against the assignments, every row below a policy that exists, every script state against its device. */

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

/** Checks families that share ids and children. */
async function* checkFamilies(families: readonly PolicyFamily[], reader: Reader): AsyncGenerator<Omit<Problem, 'tenantId'>> {
  const known = new Map<string, EntityType>();
  for (const family of families) {
    for await (const row of streamRows(reader, { from: family.policy, scope: {}, properties: ['id'] })) {
      const id = row.id as string;
      const other = known.get(id);
      if (other !== undefined) yield { entity: family.policy.name, id, problem: `its id is that of a ${other.name}, too` };
      known.set(id, family.policy);
      for await (const found of recountPolicy(family, reader, id)) yield { entity: found.entity, id: found.id, problem: wordsFor(found) };
    }
  }
  const [family] = families as [PolicyFamily];
  const names = families.map(({ policy }) => policy.name).join(' or ');
  const children = [family.assignment, family.groupAssignment, family.deviceState, family.userState, family.runSummary];
  for (const type of children.filter((t) => t !== undefined)) {
    for await (const row of streamRows(reader, { from: type, scope: {}, properties: ['id'] })) {
      if (!known.has(row.policyId as string)) {
        yield {
          entity: type.name,
          id: row.id as string,
          problem: `it belongs to ${names} '${row.policyId as string}', which does not exist`,
        };
      }
    }
  }
  if (shapeOf(family.deviceState).property.has('managedDeviceId')) yield* checkDeviceUsers(family, reader);
}

/** Device states that name a managed device have its user. */
async function* checkDeviceUsers(family: PolicyFamily, reader: Reader): AsyncGenerator<Omit<Problem, 'tenantId'>> {
  for await (const row of streamRows(reader, {
    from: family.deviceState,
    scope: {},
    properties: ['policyId', 'id', 'managedDeviceId', family.deviceUserColumn],
  })) {
    if (row.managedDeviceId === null) continue;
    const device = await findOne(reader, managedDevice, { id: row.managedDeviceId! });
    if (device === undefined || (device.userPrincipalName || null) !== userOf(family, row)) {
      yield {
        entity: family.deviceState.name,
        id: row.id as string,
        problem: `its user is not the user of managed device '${row.managedDeviceId as string}'`,
      };
    }
  }
}

/** Checks one tenant. Reads in one snapshot, so it may run beside a live server. */
export async function* checkTenant(store: Pick<Store, 'read'>, tenantId: string): AsyncGenerator<Problem> {
  const problems = await store.read(tenantId, async (reader) => {
    const found: Problem[] = [];
    for (const families of Map.groupBy(policyFamilies, ({ deviceState }) => deviceState).values()) {
      for await (const problem of checkFamilies(families, reader)) found.push({ tenantId, ...problem });
    }
    const entity = deviceAndAppManagementAssignmentFilter.name;
    const assignments = [...new Set(policyFamilies.map(({ assignment }) => assignment))];
    for await (const wrong of wrongFilterUse(reader, assignments)) found.push({ tenantId, entity, ...wrong });
    return found;
  });
  yield* problems;
}
