import type { EntityType } from '../edm/declare.ts';
import { deviceHealthScriptPolicyState } from '../model/device-health-script-policy-state.ts';
import { group, user } from '../model/directory.ts';
import { managedDevice } from '../model/managed-device.ts';
import { assignmentRules, groupAssignmentRules } from './assignment-rules.ts';
import { allFamilies, complianceFamily, healthFamily } from './device-families.ts';
import { groupRules, managedDeviceRules, userRules } from './directory-rules.ts';
import { type EntityRules, plainRules } from './entity-rules.ts';
import { healthPolicyStateRules } from './health-policy-state-rules.ts';
import { healthScriptRules } from './health-script-rules.ts';
import { type AnyFamily, countsUsers, hardwareFamily } from './policy-family.ts';
import { hardwareConfigurationRules, policyRules } from './policy-rules.ts';
import { deviceStateRules, runSummaryRules, userStateRules } from './run-state-rules.ts';
import { versionedScriptRules } from './versioned-script-rules.ts';

/** Policies that do more than others. */
const ownPolicyRules: ReadonlyMap<AnyFamily, EntityRules> = new Map<AnyFamily, EntityRules>([
  [hardwareFamily, hardwareConfigurationRules()],
  [healthFamily, healthScriptRules],
  [complianceFamily, versionedScriptRules(complianceFamily)],
]);

const familyRules = (family: AnyFamily): (readonly [EntityType, EntityRules])[] => [
  [family.policy, ownPolicyRules.get(family) ?? policyRules(family)],
  [family.assignment, assignmentRules(family)],
  ...(family.groupAssignment === undefined ? [] : [[family.groupAssignment, groupAssignmentRules(family)] as const]),
  [family.deviceState, deviceStateRules(family)],
  ...(countsUsers(family) ? [[family.userState, userStateRules(family)] as const] : []),
  [family.runSummary, runSummaryRules(family)],
];

const rules: ReadonlyMap<EntityType, EntityRules> = new Map([
  ...allFamilies.flatMap(familyRules),
  [deviceHealthScriptPolicyState, healthPolicyStateRules],
  [user, userRules],
  [group, groupRules],
  [managedDevice, managedDeviceRules],
]);

/** The rules of an entity type; a type without behaviour of its own is stamped and stored. */
export const rulesFor = (type: EntityType): EntityRules => rules.get(type) ?? plainRules(type);
