import { AppError } from '../../lib/app-error.ts';
import { group } from '../../model/directory.ts';
import { groupMember, groupOwner } from '../../model/directory-object.ts';
import { userPassword } from '../../model/internal.ts';
import { user } from '../../model/managed-device.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { removeRows } from '../jobs/pending-work.ts';
import { regrouping } from '../roles/device-tags.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { keepDeleted } from './deleted-items.ts';
import { checkGroupName, checkUserName } from './directory-names.ts';

/**
 * Users and groups (docs/adr/0014-directory-objects-and-links.md). A user principal name and a group's unique name belong to one object.
 * Memberships and ownerships are rows of their own and go with either end. A deleted user or group is kept for 30 days
 * (`deleted-items.ts`). Memberships decide which scope tags a device has, so that every change of one tags devices anew.
 */

type GroupLink = typeof groupMember | typeof groupOwner;
const LINKS: readonly GroupLink[] = [groupMember, groupOwner];

/** Removes an object from all groups. */
export async function leaveGroups(change: UnitOfWork, row: { readonly id: string }): Promise<void> {
  for (const from of LINKS) await change.writer.delete({ from, scope: { id: row.id } });
}

/** Users have unique names. A deleted user leaves all groups and loses the password. */
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

/** A deleted group loses its members and leaves the groups that hold it. */
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
