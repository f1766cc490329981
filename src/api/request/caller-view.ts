import { callerScope } from '../../domain/roles/caller-scope.ts';
import { visibleReader } from '../../domain/roles/visibility.ts';
import type { EntityType } from '../../edm/declare.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from '../../model/role.ts';
import { roleScopeTag } from '../../model/role-scope-tag.ts';
import type { Reader } from '../../store/contract.ts';
import type { Call } from './context.ts';
import type { Resource } from './resource.ts';

/** What the caller of a request sees: everything, or what carries the scope tags of the caller's role assignments. */

/** Whether nobody needs to ask what the caller sees. */
export const seesEverything = ({ principal, dependencies }: Pick<Call, 'principal' | 'dependencies'>): boolean =>
  principal.kind === 'application' || dependencies.unlimited.has(principal.tenantId);

/** What the caller sees of a snapshot or transaction. */
export interface CallerView {
  readonly reader: Reader;
  /** The scope tags that limit the caller; absent for one who is not limited. */
  readonly scopeTags?: readonly string[];
}

/** The view of the request's caller. Applications, and users that no role assignment has as a member, see everything. */
export async function callerView(call: Call, reader: Reader): Promise<CallerView> {
  if (seesEverything(call)) return { reader };
  const { principal, dependencies } = call;
  const { unlimited } = dependencies;
  const remember = unlimited.observe(principal.tenantId);
  const scope = await callerScope(reader, principal);
  if (scope === 'nobodyIsLimited') remember();
  if (typeof scope === 'string') return { reader };
  return { reader: visibleReader(reader, scope.scopeTags), scopeTags: scope.scopeTags };
}

const ROLE_TYPES: readonly EntityType[] = [roleDefinition, deviceAndAppManagementRoleAssignment, roleScopeTag];

/** Whether a resource has to do with roles and scope tags. */
export const concernsRoles = ({ steps, operation }: Resource): boolean =>
  steps.some(({ type }) => ROLE_TYPES.includes(type)) || operation?.returns?.type === roleScopeTag;
