import type { EntityType } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentFilter } from '../model/assignment-filter.ts';
import { group, user } from '../model/directory.ts';
import { managedDevice } from '../model/managed-device.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from '../model/role.ts';
import { roleScopeTag, roleScopeTagAutoAssignment } from '../model/role-scope-tag.ts';
import { assignmentFilterRules } from './assignment-filter-rules.ts';
import { assignmentRules, groupAssignmentRules } from './assignment-rules.ts';
import { groupRules, managedDeviceRules, userRules } from './directory-rules.ts';
import { type EntityRules, plainRules } from './entity-rules.ts';
import { hardwareFamily, type PolicyFamily, policyFamilies } from './policy-family.ts';
import { hardwareConfigurationRules, policyRules } from './policy-rules.ts';
import { deviceStateRules, runSummaryRules, userStateRules } from './run-state-rules.ts';
import { autoAssignmentRules, roleAssignmentRules, roleDefinitionRules, roleScopeTagRules, taggedRules } from './scope-tag-rules.ts';
import { taggedTypes } from './visibility.ts';

const familyRules = (family: PolicyFamily): (readonly [EntityType, EntityRules])[] => [
  [family.policy, family === hardwareFamily ? hardwareConfigurationRules() : policyRules(family)],
  [family.assignment, assignmentRules(family)],
  ...(family.groupAssignment === undefined ? [] : [[family.groupAssignment, groupAssignmentRules(family)] as const]),
  [family.deviceState, deviceStateRules(family)],
  [family.userState, userStateRules(family)],
  [family.runSummary, runSummaryRules(family)],
];

const rules: ReadonlyMap<EntityType, EntityRules> = new Map([
  ...policyFamilies.flatMap(familyRules),
  [user, userRules],
  [group, groupRules],
  [managedDevice, managedDeviceRules],
  [deviceAndAppManagementAssignmentFilter, assignmentFilterRules],
  [roleDefinition, roleDefinitionRules],
  [deviceAndAppManagementRoleAssignment, roleAssignmentRules],
  [roleScopeTag, roleScopeTagRules],
  [roleScopeTagAutoAssignment, autoAssignmentRules],
]);

/** What carries scope tags carries existing ones of the caller's, whatever its other rules are. */
const tagged: ReadonlyMap<EntityType, EntityRules> = new Map(
  taggedTypes.map((type) => [type, taggedRules(type, rules.get(type) ?? plainRules(type))]),
);

/** The rules of an entity type; a type without behaviour of its own is stamped and stored. */
export const rulesFor = (type: EntityType): EntityRules => tagged.get(type) ?? rules.get(type) ?? plainRules(type);
