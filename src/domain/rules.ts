import type { EntityType } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilter } from '../model/assignment-filter.ts';
import { deletedItem } from '../model/deleted-item.ts';
import { deviceHealthScriptPolicyState } from '../model/device-health-script-policy-state.ts';
import { group } from '../model/directory.ts';
import { groupMember, groupOwner } from '../model/directory-object.ts';
import { hardwarePasswordDetail, hardwarePasswordInfo } from '../model/hardware-password.ts';
import { detectedApp, detectedAppDevice, managedDevice, user } from '../model/managed-device.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from '../model/role.ts';
import { roleScopeTag, roleScopeTagAutoAssignment } from '../model/role-scope-tag.ts';
import { auditedRules } from './audit/audited-rules.ts';
import { deletedItemRules } from './directory/deleted-items.ts';
import { groupLinkRules, groupRules, userRules } from './directory/directory-rules.ts';
import { detectedAppDeviceRules, detectedAppRules, managedDeviceRules } from './directory/managed-device-rules.ts';
import { type EntityRules, plainRules } from './entity-rules.ts';
import { assignmentFilterRules } from './filters/assignment-filters.ts';
import { assignmentRules, groupAssignmentRules } from './policies/assignment-rules.ts';
import { type AnyFamily, allFamilies, complianceFamily, countsUsers, hardwareFamily, healthFamily } from './policies/families.ts';
import {
  hardwareConfigurationRules,
  hardwarePasswordDetailRules,
  hardwarePasswordRules,
  policyRules,
  versionedScriptRules,
} from './policies/policy-rules.ts';
import { healthPolicyStateRules } from './remediation/health-policy-state-rules.ts';
import { healthScriptRules } from './remediation/health-script-rules.ts';
import { autoAssignmentRules, roleAssignmentRules, roleDefinitionRules, roleScopeTagRules, taggedRules } from './roles/scope-tags.ts';
import { deviceStateRules, runSummaryRules, userStateRules } from './run-states/run-state-rules.ts';

type Binding = readonly [EntityType, EntityRules];

/** Binds rules to their type: the compiler checks that they are of that type. */
const bind = <T extends EntityType>(type: T, rules: EntityRules<T>): Binding => [type, rules];

const familyRules = (family: AnyFamily): readonly Binding[] => [
  bind(family.policy, policyRules(family)),
  bind(family.assignment, assignmentRules(family)),
  ...(family.groupAssignment === undefined ? [] : [bind(family.groupAssignment, groupAssignmentRules(family))]),
  bind(family.deviceState, deviceStateRules(family)),
  ...(countsUsers(family) ? [bind(family.userState, userStateRules(family))] : []),
  bind(family.runSummary, runSummaryRules(family)),
];

/** Later ones take the place of earlier ones: some policies do more than others. */
const rules: ReadonlyMap<EntityType, EntityRules> = new Map([
  ...allFamilies.flatMap(familyRules),
  bind(hardwareFamily.policy, hardwareConfigurationRules()),
  bind(healthFamily.policy, healthScriptRules),
  bind(complianceFamily.policy, versionedScriptRules(complianceFamily)),
  bind(deviceHealthScriptPolicyState, healthPolicyStateRules),
  bind(user, userRules),
  bind(group, groupRules),
  bind(deletedItem, deletedItemRules),
  bind(groupMember, groupLinkRules(groupMember)),
  bind(groupOwner, groupLinkRules(groupOwner)),
  bind(managedDevice, managedDeviceRules),
  bind(detectedApp, detectedAppRules),
  bind(detectedAppDevice, detectedAppDeviceRules),
  bind(deviceAndAppManagementAssignmentFilter, assignmentFilterRules),
  bind(hardwarePasswordInfo, hardwarePasswordRules(hardwarePasswordInfo)),
  bind(hardwarePasswordDetail, hardwarePasswordDetailRules),
  bind(roleDefinition, roleDefinitionRules),
  bind(deviceAndAppManagementRoleAssignment, roleAssignmentRules),
  bind(roleScopeTag, roleScopeTagRules),
  bind(roleScopeTagAutoAssignment, autoAssignmentRules),
]);

const audited = new Map<EntityType, EntityRules>();

/**
 * The rules of an entity type, for callers outside the domain; a type without rules of its own has {@link plainRules}. They also check scope
 * tags and write audit events. Rules call each other by name, without checks and events.
 */
export function rulesFor<T extends EntityType>(type: T): EntityRules<T>;
export function rulesFor(type: EntityType): EntityRules {
  let found = audited.get(type);
  if (found === undefined) {
    found = auditedRules(type, taggedRules(type, rules.get(type) ?? plainRules(type)));
    audited.set(type, found);
  }
  return found;
}
