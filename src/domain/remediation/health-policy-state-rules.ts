import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { deviceHealthScript } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState } from '../../model/device-health-script-policy-state.ts';
import type { Reader } from '../../store/contract.ts';
import { type EntityRules, saveChanges } from '../entity-rules.ts';
import { healthFamily } from '../policies/families.ts';
import { seenBy } from '../roles/visibility.ts';
import { deviceStateRules } from '../run-states/run-state-rules.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { NAMES, type PolicyState, type PolicyStateKey, partOf, resultOf } from './health-policy-states.ts';

const stateRules = deviceStateRules(healthFamily);

/** A health script's id as the store has it. @param target names the value at fault. @throws referencedMissing */
export async function healthScriptId(reader: Reader, given: string, target: string): Promise<string> {
  const id = given.toLowerCase();
  if (isUuid(id) && (await findOne(reader, deviceHealthScript, { id })) !== undefined) return id;
  throw new AppError('referencedMissing', `'${target}' names the health script '${given.slice(0, 100)}', which does not exist.`, {
    target,
  });
}

/** The device state that a device has of a script. */
export const healthStateOf = (reader: Reader, key: { readonly policyId: string; readonly managedDeviceId: string }) =>
  findOne(reader, healthFamily.deviceState, key);

/** The device state that a policy state stands for. */
const stateBehind = async (reader: Reader, { policyId, deviceId }: PolicyStateKey) =>
  (await healthStateOf(reader, { policyId, managedDeviceId: deviceId }))!;

/** The policy state as it is now, with the names that the client gives it. */
async function withNames(change: UnitOfWork, { policyId, deviceId }: PolicyStateKey, values: Partial<PolicyState>): Promise<PolicyState> {
  const type = deviceHealthScriptPolicyState;
  const row = (await findOne(change.writer, type, { policyId, deviceId }))!;
  const after = { ...row, ...partOf(values, NAMES) };
  await saveChanges(type, change, [row, after]);
  return after;
}

/** A write to a policy state writes the device state that it stands for. Its key never changes. */
export const healthPolicyStateRules: EntityRules<typeof deviceHealthScriptPolicyState> = {
  async create(change, values) {
    const policyId = await healthScriptId(seenBy(change), values.policyId!, 'policyId');
    const deviceId = values.deviceId!;
    await stateRules.create(change, { ...resultOf(values), policyId, managedDeviceId: deviceId });
    return withNames(change, { policyId, deviceId }, values);
  },
  async update(change, before, values) {
    await stateRules.update(change, await stateBehind(change.writer, before), resultOf(values));
    return withNames(change, before, values);
  },
  async remove(change, row) {
    await stateRules.remove(change, await stateBehind(change.writer, row));
  },
};
