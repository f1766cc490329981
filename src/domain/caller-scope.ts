import { isUuid } from '../lib/ids.ts';
import { groupMember, user } from '../model/directory.ts';
import { deviceAndAppManagementRoleAssignment } from '../model/role.ts';
import type { Reader } from '../store/contract.ts';
import { readMany } from './targeting.ts';
import { DEFAULT_TAG } from './visibility.ts';

/** Which scope tags limit a user: those of the role assignments that have the user among their members. */

/** A user, as a token names it. */
export interface SignedInUser {
  /** The user's object id. */
  readonly subject: string;
  readonly userPrincipalName?: string;
}

/** What a tenant's role assignments say of a user. */
export type CallerScope =
  | 'nobodyIsLimited' // the tenant has no role assignment at all
  | 'notLimited'
  | { readonly scopeTags: readonly string[] };

/** Reads the scope of a user. An assignment without scope tags is one with the Default tag. */
export async function callerScope(reader: Reader, caller: SignedInUser): Promise<CallerScope> {
  const assignments = await reader.select({
    from: deviceAndAppManagementRoleAssignment,
    scope: {},
    orderBy: [],
    properties: ['members', 'scopeTagIds'],
  });
  if (assignments.length === 0) return 'nobodyIsLimited';
  const ids = await idsOf(reader, caller);
  const own = assignments.filter(({ members }) => (members as readonly string[] | null)?.some((id) => ids.has(id.toLowerCase())));
  if (own.length === 0) return 'notLimited';
  const tags = own.flatMap(({ scopeTagIds }) => {
    const list = scopeTagIds as readonly string[];
    return list.length === 0 ? [DEFAULT_TAG] : list;
  });
  return { scopeTags: [...new Set(tags)].sort() };
}

/** The ids that a membership can name a user by: the object id, the id of the same user in the directory, and those of the groups around. */
async function idsOf(reader: Reader, { subject, userPrincipalName }: SignedInUser): Promise<ReadonlySet<string>> {
  const own = [subject.toLowerCase()];
  if (userPrincipalName !== undefined) {
    const names = [...new Set([userPrincipalName, userPrincipalName.toLowerCase()])];
    for (const row of await readMany(reader, user, ['userPrincipalName', names])) own.push(row.id as string);
  }
  return new Set([...own, ...(await groupsAround(reader, own.filter(isUuid)))]);
}

/** The groups that hold users, devices or groups with these ids, also through groups inside groups. */
export async function groupsAround(reader: Reader, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  for (let level = ids; level.length > 0; ) {
    const above = (await readMany(reader, groupMember, ['id', level])).map((row) => row.groupId as string);
    level = [...new Set(above)].filter((id) => !seen.has(id));
    for (const id of level) seen.add(id);
  }
  return seen;
}
