import type { Infer } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { deviceHealthScript, deviceHealthScriptDeviceState } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState, healthScriptResult } from '../../model/device-health-script-policy-state.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Reader } from '../../store/contract.ts';
import { saveChanges } from '../entity-rules.ts';
import type { Discrepancy, Projection } from '../projection.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';

/**
 * Results of health scripts (docs/adr/0015-health-script-states.md). A policy state is a device state seen from its device. It is a row
 * of its own, so that a list of them is an ordinary query; a write to either changes both in one transaction.
 */

const type = deviceHealthScriptPolicyState;

/** A policy state. */
export type PolicyState = Infer<typeof type>;
/** The key of a policy state. */
export type PolicyStateKey = Pick<PolicyState, 'deviceId' | 'policyId'>;
type HealthState = Infer<typeof deviceHealthScriptDeviceState>;
type Result = Pick<PolicyState, keyof typeof healthScriptResult>;

const RESULT = Object.keys(healthScriptResult);

/** The columns of a row with these names, as far as the row has them. */
export function partOf<R extends object, K extends keyof R>(row: R, names: readonly K[]): Partial<Pick<R, K>>;
export function partOf(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));
}

/** The columns of a device state or of a policy state that are part of a result. */
export function resultOf(row: HealthState): Result;
export function resultOf(row: Partial<PolicyState>): Partial<Result>;
export function resultOf(row: Row): Row {
  return Object.fromEntries(RESULT.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));
}

const idOf = (policyId: string, deviceId: string): string => `${policyId}:${deviceId}`;

/** Names that a policy state takes over: from its device, each with the column there, and from its script. */
const DEVICE_NAMES = [
  ['deviceName', 'deviceName'],
  ['osVersion', 'osVersion'],
  ['userName', 'userPrincipalName'],
] as const;

/** The names that a client may give a policy state. */
export const NAMES = ['deviceName', 'osVersion', 'userName', 'policyName'] as const;

/** @throws alreadyExists when the device has a state of this script */
async function refuseSecond(reader: Reader, key: PolicyStateKey): Promise<void> {
  if ((await findOne(reader, type, key)) === undefined) return;
  throw new AppError('alreadyExists', `The device '${key.deviceId}' has a state of this script already. Change that one.`, {
    target: 'managedDevice',
  });
}

/** @throws alreadyExists */
async function insertState(change: UnitOfWork, after: HealthState, key: PolicyStateKey): Promise<void> {
  await refuseSecond(change.writer, key);
  const { deviceName, osVersion, userPrincipalName } = (await findOne(change.writer, managedDevice, { id: key.deviceId }))!;
  const { displayName: policyName } = (await findOne(change.writer, deviceHealthScript, { id: key.policyId }))!;
  const names = { deviceName, osVersion, userName: userPrincipalName, policyName };
  await change.writer.insert(type, { id: idOf(key.policyId, key.deviceId), ...key, ...resultOf(after), ...names });
}

/** Keeps the policy states of a health script. */
export const healthPolicyStates: Projection<Infer<typeof deviceHealthScriptDeviceState>> = {
  type,
  async checkNew(reader, { policyId, managedDeviceId }) {
    if (managedDeviceId !== null) await refuseSecond(reader, { deviceId: managedDeviceId, policyId });
  },
  async follow(change, [before, after]) {
    const { policyId } = (after ?? before)!;
    const was = before?.managedDeviceId ?? null;
    const is = after?.managedDeviceId ?? null;
    if (was !== null && was !== is) await change.writer.delete({ from: type, scope: { deviceId: was, policyId } });
    if (after === undefined || is === null) return;
    const key = { deviceId: is, policyId };
    if (was === is)
      await saveChanges(type, change, [
        { ...key, ...resultOf(before!) },
        { ...key, ...resultOf(after) },
      ]);
    else await insertState(change, after, key);
  },
  async *recount(reader, policyId): AsyncGenerator<Discrepancy> {
    let states = 0;
    for await (const state of streamRows(reader, { from: deviceHealthScriptDeviceState, scope: { policyId } })) {
      if (state.managedDeviceId === null) continue;
      states += 1;
      const id = idOf(policyId, state.managedDeviceId);
      const found = await findOne(reader, type, { deviceId: state.managedDeviceId, policyId });
      if (found === undefined) {
        yield { entity: type.name, id, column: 'id', stored: undefined, counted: id };
        continue;
      }
      const [stored, counted]: [Row, Row] = [found, state];
      for (const column of RESULT) {
        if (JSON.stringify(stored[column]) === JSON.stringify(counted[column])) continue;
        yield { entity: type.name, id, column, stored: stored[column], counted: counted[column] };
      }
    }
    const stored = await reader.count({ from: type, scope: { policyId } });
    if (stored > states) yield { entity: type.name, id: policyId, column: 'rows', stored, counted: states };
  },
};

type Device = Infer<typeof managedDevice>;

/** To be called when a managed device has changed: its policy states follow. A name that a client gave the state stays. */
export async function followDevice(change: UnitOfWork, [before, after]: readonly [before: Device, after: Device]): Promise<void> {
  const changed = DEVICE_NAMES.filter(([, column]) => before[column] !== after[column]);
  if (changed.length === 0) return;
  for await (const row of streamRows(change.writer, { from: type, scope: { deviceId: after.id } })) {
    const names: Record<string, string | null> = {};
    for (const [name, column] of changed) if (row[name] === before[column]) names[name] = after[column];
    if (Object.keys(names).length > 0) await saveChanges(type, change, [row, Object.assign({}, row, names)]);
  }
}
