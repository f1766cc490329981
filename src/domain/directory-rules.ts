import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { group, groupMember, user } from '../model/directory.ts';
import { managedDevice } from '../model/managed-device.ts';
import type { Change } from './change.ts';
import { findOne } from './change.ts';
import { regrouping, tagsOfDevice } from './device-tags.ts';
import { changedRow, type EntityRules, newRow, plainRules, saveChanges } from './entity-rules.ts';
import { scriptFamily } from './policy-family.ts';
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
    await regrouping(change, [row.id as string], async () => {
      await change.writer.delete({ from: groupMember, scope: { groupId: row.id! } });
      await leaveGroups(change, row.id!);
    });
    await plainRules(group).remove(change, row);
  },
};

/** A device's script states belong to its user: they follow when the user changes, and are nobody's once the device is gone. */
export const managedDeviceRules: EntityRules = {
  ...plainRules(managedDevice),
  async create(change, values) {
    const row = newRow(managedDevice, change, { ...values, givenScopeTagIds: values.roleScopeTagIds ?? null });
    const tagged = { ...row, roleScopeTagIds: await tagsOfDevice(change.writer, row) };
    await change.writer.insert(managedDevice, tagged);
    return tagged;
  },
  async update(change, before, values) {
    const given = values.roleScopeTagIds === undefined ? {} : { givenScopeTagIds: values.roleScopeTagIds };
    const changed = changedRow(managedDevice, change, [before, { ...values, ...given }]);
    const after = 'givenScopeTagIds' in given ? { ...changed, roleScopeTagIds: await tagsOfDevice(change.writer, changed) } : changed;
    await saveChanges(managedDevice, change, [before, after]);
    if (after.userPrincipalName !== before.userPrincipalName) await moveStates(change, after.id as string, {});
    return after;
  },
  async remove(change, row) {
    await leaveGroups(change, row.id!);
    await plainRules(managedDevice).remove(change, row);
    await moveStates(change, row.id as string, { managedDeviceId: null });
  },
};

async function moveStates(change: Change, managedDeviceId: string, values: Row): Promise<void> {
  const states = await change.writer.select({ from: scriptFamily.deviceState, scope: { managedDeviceId }, orderBy: [] });
  for (const state of states) await deviceStateRules(scriptFamily).update(change, state, values);
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

/** Adds a member to a group. @throws referencedMissing, alreadyExists */
export async function addMember(change: Change, groupId: string, id: string): Promise<void> {
  const member = await memberOf(change, id);
  if (member.id === groupId) throw new AppError('invalidValue', 'A group cannot be a member of itself.', { target: '@odata.id' });
  await regrouping(change, [member.id as string], () => change.writer.insert(groupMember, { groupId, ...member }));
}

/** Removes a member from a group. @returns whether it was one */
export const removeMember = async (change: Change, groupId: string, id: string): Promise<boolean> =>
  (await regrouping(change, [id], () => change.writer.delete({ from: groupMember, scope: { groupId, id } }))) > 0;
