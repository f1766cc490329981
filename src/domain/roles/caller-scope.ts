import { findNavigation } from '../../edm/link.ts';
import type { Clock } from '../../lib/clock.ts';
import { isUuid } from '../../lib/ids.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { group } from '../../model/directory.ts';
import { user } from '../../model/managed-device.ts';
import { deviceAndAppManagementRoleAssignment } from '../../model/role.ts';
import type { Reader } from '../../store/contract.ts';
import type { Caller } from './caller.ts';
import { DEFAULT_TAG } from './visibility.ts';

/** Which scope tags limit a user: those of the role assignments that have the user among their members. */

type SignedInUser = Pick<Caller, 'subject' | 'userPrincipalName'>;

/** What a tenant's role assignments say of a user. */
type CallerScope =
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
  const own = assignments.filter(({ members }) => members?.some((id) => ids.has(id.toLowerCase())));
  if (own.length === 0) return 'notLimited';
  const tags = own.flatMap(({ scopeTagIds }) => (scopeTagIds.length === 0 ? [DEFAULT_TAG] : scopeTagIds));
  return { scopeTags: [...new Set(tags)].sort() };
}

/** The ids that a membership can name a user by: the object id, the id of the same user in the directory, and those of the groups around. */
async function idsOf(reader: Reader, { subject, userPrincipalName }: SignedInUser): Promise<ReadonlySet<string>> {
  const own = [subject.toLowerCase()];
  if (userPrincipalName !== undefined) {
    for (const row of await reader.select({ from: user, scope: { userPrincipalName }, orderBy: [], properties: ['id'] })) own.push(row.id);
  }
  return new Set([...own, ...(await groupsAround(reader, own.filter(isUuid)))]);
}

const groups = findNavigation(group, 'transitiveMemberOf')!;

/** The groups that hold users, devices or groups with these ids, also through groups inside groups. */
export async function groupsAround(reader: Reader, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const id of ids) {
    const linked = { navigation: groups, source: { id } };
    for (const row of await reader.select({ from: group, scope: {}, linked, orderBy: [], properties: ['id'] })) found.add(row.id);
  }
  return found;
}

/** How long another process may go unnoticed that makes the first role assignment of a tenant. Changes of this one count at once. */
const TRUSTED_MS = 1000;

/** Bytes for the tenants that are remembered: some 10,000. */
const TENANTS_WEIGHT = 2 * 1024 ** 2;

/** Remembers which tenants have no role assignment, so that their callers pay nothing for scope tags. */
export class UnlimitedTenants {
  readonly #clock: Clock;
  readonly #until = new WeightedCache<number>(TENANTS_WEIGHT);
  /** Counts what was forgotten: what a read found before that is no longer to be remembered. */
  #forgotten = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(tenantId: string): boolean {
    const until = this.#until.get(tenantId);
    return until !== undefined && this.#clock.now() < until;
  }

  /** Notes what a read is about to find. @returns to be called when it has found that nobody is limited */
  observe(tenantId: string): () => void {
    const before = this.#forgotten;
    return () => {
      if (before !== this.#forgotten) return;
      this.#until.set(tenantId, this.#clock.now() + TRUSTED_MS, 8);
    };
  }

  /** Role assignments of a tenant may have changed. */
  forget(tenantId: string): void {
    this.#forgotten++;
    this.#until.delete(tenantId);
  }
}
