import { dateTimeOffset, entityType, enumType, property, string } from '../edm/declare.ts';
import { textId } from './entity.ts';
import { runState } from './run-state.ts';

/** What remediation did on a device. */
export const remediationState = enumType('remediationState', {
  unknown: 0,
  skipped: 1,
  success: 2,
  remediationFailed: 3,
  scriptError: 4,
  unknownFutureValue: 5,
});

/** A result of a health script, as device states and policy states both have it. */
export const healthScriptResult = {
  assignmentFilterIds: string({ collection: true, distinct: true, nullable: true }),
  detectionState: property(runState, { default: 'unknown' }),
  expectedStateUpdateDateTime: dateTimeOffset({ nullable: true }),
  lastStateUpdateDateTime: dateTimeOffset(),
  lastSyncDateTime: dateTimeOffset(),
  postRemediationDetectionScriptError: string({ nullable: true }),
  postRemediationDetectionScriptOutput: string({ nullable: true }),
  preRemediationDetectionScriptError: string({ nullable: true }),
  preRemediationDetectionScriptOutput: string({ nullable: true }),
  remediationScriptError: string({ nullable: true }),
  remediationState: property(remediationState, { default: 'unknown' }),
} as const;

/**
 * The result of a health script on a device, seen from the device: the device state of that device another way. The id joins the
 * ids of the script and the device.
 */
export const deviceHealthScriptPolicyState = entityType('deviceHealthScriptPolicyState', {
  key: ['deviceId', 'id', 'policyId'],
  audit: false,
  family: 'script',
  properties: {
    ...textId,
    ...healthScriptResult,
    deviceId: string({ format: 'uuid' }),
    deviceName: string({ nullable: true, searchable: true }),
    osVersion: string({ nullable: true }),
    policyId: string({ format: 'uuid', required: true }),
    policyName: string({ nullable: true, searchable: true }),
    userName: string({ nullable: true, searchable: true }),
  },
  storage: { key: ['deviceId', 'policyId'], indexes: [{ properties: ['policyId'] }] },
});
