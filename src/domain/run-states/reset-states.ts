import { column, keyOrder } from '../../query/column.ts';
import { withoutMark } from '../../query/plan.ts';
import { forgetWork, startWork, type WorkPiece } from '../jobs/pending-work.ts';
import { type AnyFamily, allFamilies } from '../policies/families.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { type Reset, resetsOf } from './pending-reset.ts';
import { saveDeviceState } from './run-state-rules.ts';

/** States reset in the transaction of the new version: so few that nobody notices. */
const AT_ONCE = 100;
/** Bytes of states that are reset in one piece. */
const AT_ONCE_BYTES = 4 * 1024 ** 2;

/** Resets the next states. */
export const resetPiece: WorkPiece<Reset> = async (change, policyId, { progress: reset, size }) => {
  const family = allFamilies.find(({ policy }) => policy.name === reset.policyType)!;
  const from = family.deviceState;
  const after = reset.after === undefined ? {} : { after: [reset.after] };
  const plan = { from, scope: { policyId }, orderBy: keyOrder(from, { policyId }), limit: size, maxBytes: AT_ONCE_BYTES, ...after };
  const { rows: states, endedEarly } = withoutMark(await change.writer.select(plan));
  const resetTo = await resetsOf(family, change.writer, { policyId, reset });
  for (const state of states) {
    const values = await resetTo(state);
    if (values !== undefined) await saveDeviceState(family, change, [state, values]);
  }
  const last = states.at(-1)?.id;
  const isDone = last === undefined || (states.length < size && !endedEarly) || (reset.until !== undefined && last >= reset.until);
  return { rows: states.length, ...(isDone ? {} : { left: { ...reset, after: last } }) };
};

/** Resets the states of all devices that a policy targets. */
export async function resetTargeted(
  family: AnyFamily,
  change: UnitOfWork,
  [policyId, values]: readonly [string, Reset['values']],
): Promise<void> {
  const from = family.deviceState;
  const orderBy = [{ expression: column(from, 'id'), descending: true }];
  const [newest] = await change.writer.select({ from, scope: { policyId }, orderBy, limit: 1, properties: ['id'] });
  if (newest === undefined) return forgetWork(change, policyId, 'reset');
  const progress = { policyType: family.policy.name, mark: change.newId(), until: newest.id, values };
  await startWork(change, ['reset', policyId], { piece: resetPiece, progress, size: AT_ONCE });
}
