import type { Infer } from '../../edm/infer.ts';
import { shapeOf } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import { device } from '../../model/directory.ts';
import { detectedApp, detectedAppDevice, managedDevice } from '../../model/managed-device.ts';
import { changedRow, type EntityRules, newRow, plainRules, saveChanges } from '../entity-rules.ts';
import { removeRows } from '../jobs/pending-work.ts';
import { allFamilies, countsUsers } from '../policies/families.ts';
import { followDevice } from '../remediation/health-policy-states.ts';
import { tagsOfDevice } from '../roles/device-tags.ts';
import { deviceStateRules } from '../run-states/run-state-rules.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { leaveGroups } from './directory-rules.ts';

/**
 * Managed devices. Each has an object in the directory, with the same id, that comes, changes and goes with it: that is what groups
 * hold. A device's script states belong to its user: they follow when the user changes, and are nobody's once the device is gone.
 */

type Device = Infer<typeof managedDevice>;

/** Agents of devices that Configuration Manager manages beside Intune. */
const COMANAGED: readonly Device['managementAgent'][] = ['configurationManagerClientMdm', 'configurationManagerClientMdmEas'];

/** What the directory knows of a managed device. */
const directoryView = (row: Device): Partial<Infer<typeof device>> => ({
  id: row.id,
  displayName: row.deviceName,
  deviceId: row.azureADDeviceId ?? row.id,
  operatingSystem: row.operatingSystem,
  operatingSystemVersion: row.osVersion,
  manufacturer: row.manufacturer,
  model: row.model,
  isCompliant: row.complianceState === 'compliant',
  registrationDateTime: row.enrolledDateTime,
  approximateLastSignInDateTime: row.lastSyncDateTime,
});

const withComanagement = (row: Device): Device => ({ ...row, isComanaged: COMANAGED.includes(row.managementAgent) });

export const managedDeviceRules: EntityRules<typeof managedDevice> = {
  /** @throws invalidValue when a device is created among the co-managed ones with the agent of another kind */
  async create(change, values) {
    const agent = values.isComanaged === true && values.managementAgent === undefined ? { managementAgent: COMANAGED[0]! } : {};
    const given = { givenScopeTagIds: values.roleScopeTagIds ?? null };
    const untagged = withComanagement(newRow(managedDevice, change, { ...values, ...agent, ...given }));
    const row = { ...untagged, roleScopeTagIds: await tagsOfDevice(change.writer, untagged) };
    if (values.isComanaged === true && !row.isComanaged) {
      throw new AppError('invalidValue', `The managementAgent of a co-managed device is one of: ${COMANAGED.join(', ')}.`, {
        target: 'managementAgent',
      });
    }
    await change.writer.insert(managedDevice, row);
    await change.writer.insert(device, newRow(device, change, directoryView(row)));
    return row;
  },

  async update(change, before, values) {
    const tags = values.roleScopeTagIds;
    const given = tags === undefined ? {} : { givenScopeTagIds: tags };
    const changed = withComanagement(changedRow(managedDevice, change, [before, { ...values, ...given }]));
    const after = tags === undefined ? changed : { ...changed, roleScopeTagIds: await tagsOfDevice(change.writer, changed) };
    await saveChanges(managedDevice, change, [before, after]);
    const known = await findOne(change.writer, device, { id: after.id });
    if (known !== undefined) await saveChanges(device, change, [known, { ...known, ...directoryView(after) }]);
    if (after.userPrincipalName !== before.userPrincipalName) await moveStates(change, after.id, {});
    await followDevice(change, [before, after]);
    return after;
  },

  async remove(change, row) {
    await leaveGroups(change, row);
    const found = await change.writer.select({ from: detectedAppDevice, scope: { deviceId: row.id }, orderBy: [] });
    for (const link of found) await detectedAppDeviceRules.remove(change, link);
    await change.writer.delete({ from: device, scope: { id: row.id } });
    await plainRules(managedDevice).remove(change, row);
    await moveStates(change, row.id, { managedDeviceId: null });
  },
};

async function moveStates(change: UnitOfWork, managedDeviceId: string, values: { readonly managedDeviceId?: null }): Promise<void> {
  // Kinds of scripts that share their ids share their states.
  for (const family of new Map(allFamilies.map((one) => [one.deviceState, one])).values()) {
    const { deviceState } = family;
    // Without a change of its own, a state changes with its user alone.
    if (!shapeOf(deviceState).property.has('managedDeviceId') || !(countsUsers(family) || 'managedDeviceId' in values)) continue;
    const states = await change.writer.select({ from: deviceState, scope: { managedDeviceId }, orderBy: [] });
    for (const state of states) await deviceStateRules(family).update(change, state, values);
  }
}

/** Apps found on devices: each counts the devices that it was found on. */

async function count({ writer }: UnitOfWork, { appId: id }: Infer<typeof detectedAppDevice>, by: 1 | -1): Promise<void> {
  const app = await findOne(writer, detectedApp, { id });
  if (app !== undefined) await writer.update(detectedApp, { id }, { deviceCount: app.deviceCount + by });
}

/** Links between apps and devices. */
export const detectedAppDeviceRules: EntityRules<typeof detectedAppDevice> = {
  ...plainRules(detectedAppDevice),
  async create(change, values) {
    const row = await plainRules(detectedAppDevice).create(change, values);
    await count(change, row, 1);
    return row;
  },
  async remove(change, row) {
    await plainRules(detectedAppDevice).remove(change, row);
    await count(change, row, -1);
  },
};

/** Apps take their links with them. */
export const detectedAppRules: EntityRules<typeof detectedApp> = {
  ...plainRules(detectedApp),
  async remove(change, row) {
    await removeRows(change, row.id, ['appId', [detectedAppDevice]]);
    await plainRules(detectedApp).remove(change, row);
  },
};
