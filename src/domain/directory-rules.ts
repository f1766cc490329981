import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { group } from '../model/directory.ts';
import { groupMember, groupOwner } from '../model/directory-object.ts';
import { userPassword } from '../model/internal.ts';
import { user } from '../model/managed-device.ts';
import type { Change } from './change.ts';
import { regrouping } from './device-tags.ts';
import { type EntityRules, plainRules } from './entity-rules.ts';
import { removeRows } from './removal.ts';

/** Users, groups, and who belongs to groups. */

const LINKS = [groupMember, groupOwner];

/** Takes an object out of all groups. */
export async function leaveGroups(change: Change, row: Row): Promise<void> {
  for (const from of LINKS) await change.writer.delete({ from, scope: { id: row.id! } });
}

/** Users leave their groups when they go, and their passwords go with them. */
export const userRules: EntityRules = {
  ...plainRules(user),
  async remove(change, row) {
    await leaveGroups(change, row);
    await change.writer.delete({ from: userPassword, scope: { id: row.id! } });
    await plainRules(user).remove(change, row);
  },
};

/** Groups lose their members, and leave the groups they are in, when they go. */
export const groupRules: EntityRules = {
  ...plainRules(group),
  async remove(change, row) {
    await regrouping(change, [row.id as string], async () => {
      // Links that are still being removed lead nowhere, as the group itself is gone.
      await removeRows(change, row.id as string, ['groupId', LINKS]);
      await leaveGroups(change, row);
      await plainRules(group).remove(change, row);
    });
  },
};

/** Memberships and ownerships. A membership may bring scope tags. */
export const groupLinkRules = (type: EntityType): EntityRules => ({
  ...plainRules(type),
  async create(change, values) {
    if (values.id === values.groupId)
      throw new AppError('invalidValue', 'A group cannot be a member of itself, nor its owner.', { target: '@odata.id' });
    return regrouping(change, [values.id as string], () => plainRules(type).create(change, values));
  },
  remove: (change, row) => regrouping(change, [row.id as string], () => plainRules(type).remove(change, row)),
});
