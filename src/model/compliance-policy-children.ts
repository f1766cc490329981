import { containedMany, entityType, enumType, int32, property, string } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentSource, deviceAndAppManagementAssignmentTarget } from './assignment-target.ts';
import { entity, textId } from './entity.ts';

/** What hangs from a compliance policy, and what tools expand in lists of them. There are no policies, so that nothing writes it. */

export const deviceComplianceActionType = enumType('deviceComplianceActionType', {
  noAction: 0,
  notification: 1,
  block: 2,
  retire: 3,
  wipe: 4,
  removeResourceAccessProfiles: 5,
  pushNotification: 9,
  remoteLock: 10,
});
/** Names what a row hangs from. */
const policyId = string({ internal: true, format: 'uuid' });

export const deviceComplianceActionItem = entityType('deviceComplianceActionItem', {
  base: entity,
  properties: {
    gracePeriodHours: int32(),
    actionType: property(deviceComplianceActionType),
    notificationTemplateId: string({ nullable: true }),
    notificationMessageCCList: string({ collection: true, nullable: true }),
    ruleId: policyId,
  },
  storage: { key: ['ruleId', 'id'] },
});
export const deviceComplianceScheduledActionForRule = entityType('deviceComplianceScheduledActionForRule', {
  base: entity,
  properties: { ruleName: string({ nullable: true }), policyId },
  navigation: {
    scheduledActionConfigurations: containedMany(() => deviceComplianceActionItem, {
      join: { ruleId: 'id' },
      capabilities: ['list', 'get'],
    }),
  },
  storage: { key: ['policyId', 'id'] },
});
export const deviceCompliancePolicyAssignment = entityType('deviceCompliancePolicyAssignment', {
  base: entity,
  properties: {
    ...textId,
    target: property(deviceAndAppManagementAssignmentTarget, { nullable: true }),
    source: property(deviceAndAppManagementAssignmentSource),
    sourceId: string({ nullable: true }),
    policyId,
  },
  storage: { key: ['policyId', 'id'] },
});
