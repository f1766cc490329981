import {
  deviceComplianceScript,
  deviceComplianceScriptDeviceState,
  deviceComplianceScriptRunSummary,
} from '../../model/device-compliance-script.ts';
import {
  deviceHealthScript,
  deviceHealthScriptAssignment,
  deviceHealthScriptDeviceState,
  deviceHealthScriptRunSummary,
} from '../../model/device-health-script.ts';
import { healthPolicyStates } from '../remediation/health-policy-states.ts';
import { onDemandRemediations } from '../remediation/on-demand-remediations.ts';
import { remediationDays, rememberReport } from '../remediation/remediation-days.ts';
import { type AnyFamily, type DeviceFamily, policyFamilies } from './policy-family.ts';

/** The families whose summaries count devices alone. */

const detection = {
  success: 'noIssueDetectedDeviceCount',
  fail: 'issueDetectedDeviceCount',
  scriptError: 'detectionScriptErrorDeviceCount',
  pending: 'detectionScriptPendingDeviceCount',
} as const;

const health = {
  policy: deviceHealthScript,
  assignment: deviceHealthScriptAssignment,
  deviceState: deviceHealthScriptDeviceState,
  runSummary: deviceHealthScriptRunSummary,
} as const;

export const healthFamily: DeviceFamily<typeof health> = {
  ...health,
  stateColumn: 'detectionState',
  counts: {
    detectionState: { ...detection, notApplicable: 'detectionScriptNotApplicableDeviceCount' },
    remediationState: {
      success: 'issueRemediatedDeviceCount',
      skipped: 'remediationSkippedDeviceCount',
      remediationFailed: 'issueReoccurredDeviceCount',
      scriptError: 'remediationScriptErrorDeviceCount',
    },
  },
  summaryTimeColumn: 'lastScriptRunDateTime',
  remember: rememberReport,
  projections: [remediationDays, healthPolicyStates, onDemandRemediations],
};

const compliance = {
  policy: deviceComplianceScript,
  assignment: deviceHealthScriptAssignment,
  deviceState: deviceComplianceScriptDeviceState,
  runSummary: deviceComplianceScriptRunSummary,
} as const;

export const complianceFamily: DeviceFamily<typeof compliance> = {
  ...compliance,
  stateColumn: 'detectionState',
  counts: { detectionState: detection },
  summaryTimeColumn: 'lastScriptRunDateTime',
};

const deviceFamilies: readonly DeviceFamily[] = [healthFamily, complianceFamily];

/** Every kind of policy. */
export const allFamilies: readonly AnyFamily[] = [...policyFamilies, ...deviceFamilies];
