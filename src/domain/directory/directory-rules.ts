import { AppError } from '../../lib/app-error.ts';
import { group } from '../../model/directory.ts';
import { groupMember, groupOwner } from '../../model/directory-object.ts';
import { userPassword } from '../../model/internal.ts';
import { user } from '../../model/managed-device.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { removeRows } from '../jobs/removal.ts';
import { regrouping } from '../roles/device-tags.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { keepDeleted } from './deleted-items.ts';
import { checkGroupName, checkUserName } from './directory-names.ts';

/** Users, groups, and who belongs to groups. */

type GroupLink = typeof groupMember | typeof groupOwner;
const LINKS: readonly GroupLink[] = [groupMember, groupOwner];

/** Takes an object out of all groups. */
export async function leaveGroups(change: UnitOfWork, row: { readonly id: string }): Promise<void> {
  for (const from of LINKS) await change.writer.delete({ from, scope: { id: row.id } });
}

/** Each user has a name of its own. Users leave their groups when they go, and their passwords go with them. */
export const userRules: EntityRules<typeof user> = {
  async create(change, values) {
    await checkUserName(change, values);
    return plainRules(user).create(change, values);
  },
  async update(change, before, values) {
    await checkUserName(change, values, before);
    return plainRules(user).update(change, before, values);
  },
  async remove(change, row) {
    await keepDeleted(change, user, row);
    await leaveGroups(change, row);
    await change.writer.delete({ from: userPassword, scope: { id: row.id } });
    await plainRules(user).remove(change, row);
  },
};

/** Groups lose their members, and leave the groups they are in, when they go. */
export const groupRules: EntityRules<typeof group> = {
  async create(change, values) {
    await checkGroupName(change, values);
    return plainRules(group).create(change, values);
  },
  async update(change, before, values) {
    await checkGroupName(change, values, before);
    return plainRules(group).update(change, before, values);
  },
  async remove(change, row) {
    await keepDeleted(change, group, row);
    await regrouping(change, [row.id], async () => {
      // Links that are still being removed lead nowhere, as the group itself is gone.
      await removeRows(change, row.id, ['groupId', LINKS]);
      await leaveGroups(change, row);
      await plainRules(group).remove(change, row);
    });
  },
};

/** Memberships and ownerships. A membership may bring scope tags. */
export const groupLinkRules = (type: GroupLink): EntityRules<GroupLink> => ({
  ...plainRules(type),
  async create(change, values) {
    if (values.id === values.groupId)
      throw new AppError('invalidValue', 'A group cannot be a member of itself, nor its owner.', { target: '@odata.id' });
    if ((await findOne(change.writer, type, { groupId: values.groupId!, id: values.id! })) !== undefined) {
      const name = type === groupMember ? 'members' : 'owners';
      const what = `One or more added object references already exist for the following modified properties: '${name}'.`;
      throw new AppError('referenceExists', `${what} Add only those that are new.`, { target: name });
    }
    return regrouping(change, [values.id!], () => plainRules(type).create(change, values));
  },
  remove: (change, row) => regrouping(change, [row.id], () => plainRules(type).remove(change, row)),
});
