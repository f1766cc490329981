import { shapeOf } from '../edm/link.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { group, groupMember, user } from '../model/directory.ts';
import { managedDevice } from '../model/managed-device.ts';
import type { Change } from './change.ts';
import { findOne } from './change.ts';
import { allFamilies } from './device-families.ts';
import { changedRow, type EntityRules, plainRules, saveChanges } from './entity-rules.ts';
import { followDevice } from './health-policy-states.ts';
import { countsUsers } from './policy-family.ts';
import { deviceStateRules } from './run-state-rules.ts';

/** Users, groups, devices and memberships. */

const leaveGroups = (change: Change, id: Row[string]): Promise<number> => change.writer.delete({ from: groupMember, scope: { id: id! } });

/** Users leave their groups when they go. */
export const userRules: EntityRules = {
  ...plainRules(user),
  async remove(change, row) {
    await leaveGroups(change, row.id!);
    await plainRules(user).remove(change, row);
  },
};

/** Groups lose their members, and leave the groups they are in, when they go. */
export const groupRules: EntityRules = {
  ...plainRules(group),
  async remove(change, row) {
    await change.writer.delete({ from: groupMember, scope: { groupId: row.id! } });
    await leaveGroups(change, row.id!);
    await plainRules(group).remove(change, row);
  },
};

/** A device's script states belong to its user: they follow when the user changes, and are nobody's once the device is gone. */
export const managedDeviceRules: EntityRules = {
  ...plainRules(managedDevice),
  async update(change, before, values) {
    const after = changedRow(managedDevice, change, [before, values]);
    await saveChanges(managedDevice, change, [before, after]);
    if (after.userPrincipalName !== before.userPrincipalName) await moveStates(change, after.id as string, {});
    await followDevice(change, [before, after]);
    return after;
  },
  async remove(change, row) {
    await leaveGroups(change, row.id!);
    await plainRules(managedDevice).remove(change, row);
    await moveStates(change, row.id as string, { managedDeviceId: null });
  },
};

async function moveStates(change: Change, managedDeviceId: string, values: Row): Promise<void> {
  // Kinds of scripts that share their ids share their states.
  for (const family of new Map(allFamilies.map((one) => [one.deviceState, one])).values()) {
    const { deviceState } = family;
    // Without a change of its own, a state changes with its user alone.
    if (!shapeOf(deviceState).property.has('managedDeviceId') || !(countsUsers(family) || 'managedDeviceId' in values)) continue;
    const states = await change.writer.select({ from: deviceState, scope: { managedDeviceId }, orderBy: [] });
    for (const state of states) await deviceStateRules(family).update(change, state, values);
  }
}

/**
 * What an id in a member reference stands for.
 * @throws referencedMissing when the directory has no such object
 */
async function memberOf(change: Change, id: string): Promise<Row> {
  for (const [type, memberKind] of [
    [user, 'user'],
    [group, 'group'],
    [managedDevice, 'managedDevice'],
  ] as const) {
    if ((await findOne(change.writer, type, { id })) !== undefined) return { id, memberKind };
  }
  const device = await findOne(change.writer, managedDevice, { azureADDeviceId: id });
  if (device !== undefined) return { id: device.id!, memberKind: 'managedDevice' };
  throw new AppError('referencedMissing', `There is no user, group or device with the id '${id}' in this tenant.`, { target: '@odata.id' });
}

/** Memberships: made of a group's id and any id that its member is known by. @throws referencedMissing, alreadyExists */
export const groupMemberRules: EntityRules = {
  ...plainRules(groupMember),
  async create(change, { groupId, id }) {
    const member = await memberOf(change, id as string);
    if (member.id === groupId) throw new AppError('invalidValue', 'A group cannot be a member of itself.', { target: '@odata.id' });
    return plainRules(groupMember).create(change, { groupId: groupId!, ...member });
  },
};
