import { shapeOf } from '../../edm/link.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Appender, Changes, Reader } from '../../store/contract.ts';
import { workLeft } from '../jobs/pending-work.ts';
import type { AnyFamily, DeviceState, FamilyTypes } from '../policies/families.ts';
import { type TargetedDevice, targetingOf } from '../policies/targeting.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { isSameUser } from './accounting.ts';

/**
 * A policy has a new version, so that the states of targeted devices wait for it. They are reset in the order of their keys. Who
 * changes a state before its turn resets it first and marks it, so that its own change stays.
 */
export interface Reset {
  /** The name of the policy's type. */
  readonly policyType: string;
  /**
   * A new id of this reset. States that are created or changed while it is under way carry it: they are of the new version. The transactions
   * say so, and no clock: ids made by several servers are in no order that could be relied on.
   */
  readonly mark: string;
  /** The last state that there was when it began: behind it all are new. */
  readonly until?: string;
  /** What the states of targeted devices are set to. */
  readonly values: Changes<FamilyTypes['deviceState']>;
  /** The last state whose turn has been. */
  readonly after?: string;
}

/** Whether a state is still to be reset. */
const isDue = ({ mark, until, after }: Reset, state: DeviceState): boolean =>
  ('resetMark' in state ? state.resetMark : null) !== mark &&
  (until === undefined || state.id <= until) &&
  (after === undefined || state.id > after);

const isMarked = (family: AnyFamily): boolean => shapeOf(family.deviceState).property.has('resetMark');

/** What a new state carries while the states of its policy are being reset: it is of the new version. */
export async function markOfNew(
  family: AnyFamily,
  change: UnitOfWork<Appender>,
  policyId: string,
): Promise<Changes<FamilyTypes['deviceState']>> {
  if (!isMarked(family)) return {};
  const reset = await workLeft<Reset>(change, 'reset', policyId);
  return reset === undefined ? {} : { resetMark: reset.mark };
}

/** The device that a state is about: it names its managed device, or says the device's name, which devices of several users can have. */
async function deviceOf(reader: Reader, [row, isFiltered]: readonly [DeviceState, boolean]): Promise<TargetedDevice> {
  if ('managedDeviceId' in row) {
    const device = row.managedDeviceId === null ? undefined : await findOne(reader, managedDevice, { id: row.managedDeviceId });
    return { deviceName: device?.deviceName ?? null, upn: device?.userPrincipalName || null, managedDevice: device };
  }
  const { deviceName } = row;
  const upn = row.upn || null;
  if (!isFiltered || deviceName === null) return { deviceName, upn };
  const named = await reader.select({ from: managedDevice, scope: { deviceName }, orderBy: [] });
  return { deviceName, upn, managedDevice: named.find(({ userPrincipalName }) => isSameUser(userPrincipalName, upn)) ?? named[0] };
}

/** Says of the states of a policy what they must be reset to; undefined of those that need not be. */
export async function resetsOf(
  family: AnyFamily,
  reader: Reader,
  { policyId, reset }: { readonly policyId: string; readonly reset: Reset },
): Promise<(row: DeviceState) => Promise<Changes<FamilyTypes['deviceState']> | undefined>> {
  const targeting = await targetingOf(family, reader, policyId);
  return async (row) => {
    if (!isDue(reset, row)) return undefined;
    return (await targeting.reaches(await deviceOf(reader, [row, targeting.isFiltered]))) ? reset.values : undefined;
  };
}

/** What a state must be set to before it is changed. */
export async function resetBeforeChange(
  family: AnyFamily,
  change: UnitOfWork,
  row: DeviceState,
): Promise<Changes<FamilyTypes['deviceState']> | undefined> {
  if (!isMarked(family)) return undefined;
  const { policyId } = row;
  const reset = await workLeft<Reset>(change, 'reset', policyId);
  if (reset === undefined || !isDue(reset, row)) return undefined;
  const resetTo = await resetsOf(family, change.writer, { policyId, reset });
  return { ...(await resetTo(row)), resetMark: reset.mark };
}
