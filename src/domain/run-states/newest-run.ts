import { newest } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { RUN_STATES } from '../../model/run-state.ts';
import { column } from '../../query/column.ts';
import type { Changes, Reader } from '../../store/contract.ts';
import { textIn } from '../named-columns.ts';
import { type AnyFamily, countsUsers, type PolicyFamily } from '../policies/policy-family.ts';

/** Newest times, found by one index seek each: asked for only when the run that was newest is no longer there. */

const TIME = 'lastStateUpdateDateTime';

/** The greatest `lastStateUpdateDateTime` of the rows with these columns, or null. */
async function newestOf(reader: Reader, from: EntityType, scope: Row): Promise<string | null> {
  const [row] = await reader.select({
    from,
    scope,
    orderBy: [{ expression: column(from, TIME), descending: true }],
    limit: 1,
    properties: [TIME],
  });
  return textIn(row, TIME);
}

/** The newest device state with these columns. */
export const newestDeviceTime = (
  family: PolicyFamily,
  reader: Reader,
  scope: Changes<PolicyFamily['deviceState']>,
): Promise<string | null> => newestOf(reader, family.deviceState, scope);

/** The newest run of a policy: over its device states (by state, as the index is) and its reported user states. */
export async function newestRunTime(family: AnyFamily, reader: Reader, policyId: string): Promise<string | null> {
  let time = countsUsers(family) ? await newestOf(reader, family.userState, { policyId, origin: 'reported' }) : null;
  for (const state of RUN_STATES) {
    time = newest(time, await newestOf(reader, family.deviceState, { policyId, [family.stateColumn]: state }));
  }
  return time;
}
