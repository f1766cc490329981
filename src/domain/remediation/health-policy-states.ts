import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { deviceHealthScript, deviceHealthScriptDeviceState } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState, healthScriptResult } from '../../model/device-health-script-policy-state.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Key, Reader } from '../../store/contract.ts';
import { type Change, findOne, keyOf } from '../change.ts';
import type { Companion, Discrepancy } from '../companion.ts';
import { saveChanges } from '../entity-rules.ts';
import { streamRows } from '../reading/stream-rows.ts';

/**
 * Policy states: the device states of a device, seen from the device. Each stands for one device state and is written with it
 * (docs/adr/0015-health-script-states.md).
 */

const type = deviceHealthScriptPolicyState;
const RESULT = Object.keys(healthScriptResult);

/** The columns of a row that are part of a result. */
export const resultOf = (row: Row): Row =>
  Object.fromEntries(RESULT.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));

const idOf = (policyId: unknown, deviceId: unknown): string => `${policyId as string}:${deviceId as string}`;

/** What a policy state says of its device and its script → the column there. */
const DEVICE_NAMES = { deviceName: 'deviceName', osVersion: 'osVersion', userName: 'userPrincipalName' } as const;
const POLICY_NAMES = { policyName: 'displayName' } as const;

/** What a client may say of a policy state besides its result. */
export const NAMES: readonly string[] = Object.keys({ ...DEVICE_NAMES, ...POLICY_NAMES });

const named = (names: Readonly<Record<string, string>>, source: Row): Row =>
  Object.fromEntries(Object.entries(names).map(([name, column]) => [name, source[column]!]));

/** @throws alreadyExists when the device has a state of this script */
async function refuseSecond(reader: Reader, key: Key): Promise<void> {
  if ((await findOne(reader, type, key)) === undefined) return;
  throw new AppError('alreadyExists', `The device '${key.deviceId as string}' has a state of this script already. Change that one.`, {
    target: 'managedDevice',
  });
}

/** @throws alreadyExists */
async function insertState(change: Change, after: Row, key: Key): Promise<void> {
  await refuseSecond(change.writer, key);
  const device = await findOne(change.writer, managedDevice, { id: key.deviceId! });
  const policy = await findOne(change.writer, deviceHealthScript, { id: key.policyId! });
  const id = idOf(key.policyId, key.deviceId);
  await change.writer.insert(type, { id, ...key, ...resultOf(after), ...named(DEVICE_NAMES, device!), ...named(POLICY_NAMES, policy!) });
}

/** Keeps the policy states of a health script. */
export const healthPolicyStates: Companion = {
  type,
  async checkNew(reader, { policyId, managedDeviceId = null }) {
    if (managedDeviceId !== null) await refuseSecond(reader, { deviceId: managedDeviceId, policyId: policyId! });
  },
  async follow(change, [before, after]) {
    const policyId = (after ?? before)!.policyId!;
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
      const found = await findOne(reader, type, { deviceId: state.managedDeviceId!, policyId });
      if (found === undefined) {
        yield { entity: type.name, id, column: 'id', stored: undefined, counted: id };
        continue;
      }
      for (const column of RESULT) {
        if (JSON.stringify(found[column]) === JSON.stringify(state[column])) continue;
        yield { entity: type.name, id, column, stored: found[column], counted: state[column] };
      }
    }
    const stored = await reader.count({ from: type, scope: { policyId } });
    if (stored > states) yield { entity: type.name, id: policyId, column: 'rows', stored, counted: states };
  },
};

/** To be called when a managed device has changed: its policy states follow. A name that a client gave the state stays. */
export async function followDevice(change: Change, [before, after]: readonly [Row, Row]): Promise<void> {
  const changed = Object.entries(DEVICE_NAMES).filter(([, column]) => before[column] !== after[column]);
  if (changed.length === 0) return;
  for await (const row of streamRows(change.writer, { from: type, scope: { deviceId: after.id! } })) {
    const follows = changed.filter(([name, column]) => row[name] === before[column]);
    if (follows.length > 0) await change.writer.update(type, keyOf(type, row), named(Object.fromEntries(follows), after));
  }
}
