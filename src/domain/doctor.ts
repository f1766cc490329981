import { deviceAndAppManagementAssignmentFilter } from '../model/assignment-filter.ts';
import { deviceManagementScriptDeviceState } from '../model/device-management-script.ts';
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

async function* checkFamily(family: PolicyFamily, reader: Reader): AsyncGenerator<Omit<Problem, 'tenantId'>> {
  const known = new Set<string>();
  for await (const { id } of streamRows(reader, { from: family.policy, scope: {}, properties: ['id'] })) {
    known.add(id as string);
    for await (const found of recountPolicy(family, reader, id as string)) {
      yield { entity: found.entity, id: found.id, problem: wordsFor(found) };
    }
  }
  const children = [family.assignment, family.groupAssignment, family.deviceState, family.userState, family.runSummary];
  for (const type of children.filter((t) => t !== undefined)) {
    for await (const row of streamRows(reader, { from: type, scope: {}, properties: ['id'] })) {
      if (!known.has(row.policyId as string)) {
        yield {
          entity: type.name,
          id: row.id as string,
          problem: `it belongs to ${family.policy.name} '${row.policyId as string}', which does not exist`,
        };
      }
    }
  }
  if (family.deviceState !== deviceManagementScriptDeviceState) return;
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
    for (const family of policyFamilies) for await (const problem of checkFamily(family, reader)) found.push({ tenantId, ...problem });
    const entity = deviceAndAppManagementAssignmentFilter.name;
    const assignments = policyFamilies.map(({ assignment }) => assignment);
    for await (const wrong of wrongFilterUse(reader, assignments)) found.push({ tenantId, entity, ...wrong });
    return found;
  });
  yield* problems;
}
