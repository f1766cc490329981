import type { InProcessApi } from '../src/testing/in-process-api.ts';
import { created } from './sample-bodies.ts';

/** What the suites of health and compliance scripts start from: per family where its policies are, and bodies that make and change one of everything. */

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A family as a walk over its operations needs it. */
export interface ScriptFixture {
  readonly root: string;
  /** By collection, `''` being the family's own: a body that creates an item, and one that changes it. */
  readonly bodies: Readonly<Record<string, { readonly create: object; readonly update: object }>>;
  /** By operation. */
  readonly parameters: Readonly<Record<string, object>>;
}

export const dailySchedule = {
  '@odata.type': '#microsoft.graph.deviceHealthScriptDailySchedule',
  interval: 8,
  useUtc: true,
  time: '11:58:36.2550000',
};

const assignment = {
  target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: '00000000-0000-0000-0000-00000000000a' },
  runRemediationScript: true,
  runSchedule: dailySchedule,
};

const assignments = {
  create: assignment,
  update: { runSchedule: { '@odata.type': '#microsoft.graph.deviceHealthScriptHourlySchedule', interval: 3 } },
};

export const HEALTH: ScriptFixture = {
  root: 'deviceManagement/deviceHealthScripts',
  bodies: {
    '': {
      create: {
        '@odata.type': '#microsoft.graph.deviceHealthScript',
        displayName: 'Disk space',
        publisher: 'Contoso',
        runAsAccount: 'system',
        detectionScriptContent: base64('exit 1'),
        remediationScriptContent: base64('exit 0'),
        detectionScriptParameters: [
          { '@odata.type': 'microsoft.graph.deviceHealthScriptIntegerParameter', name: 'gigabytes', isRequired: true, defaultValue: 5 },
          { '@odata.type': '#microsoft.graph.deviceHealthScriptStringParameter', name: 'drive', defaultValue: 'C' },
          { '@odata.type': '#microsoft.graph.deviceHealthScriptBooleanParameter', name: 'strict', defaultValue: true },
        ],
      },
      update: { displayName: 'Free disk space' },
    },
    assignments,
    deviceRunStates: {
      create: { detectionState: 'fail', remediationState: 'success', preRemediationDetectionScriptOutput: '1 GB' },
      update: { detectionState: 'success', assignmentFilterIds: ['f1'] },
    },
    runSummary: { create: {}, update: { noIssueDetectedDeviceCount: 7 } },
  },
  parameters: { assign: { deviceHealthScriptAssignments: [assignment] } },
};

export const COMPLIANCE: ScriptFixture = {
  root: 'deviceManagement/deviceComplianceScripts',
  bodies: {
    '': {
      create: { displayName: 'BIOS version', publisher: 'Contoso', detectionScriptContent: base64('exit 0'), platform: 'linux' },
      update: { description: 'Reads it' },
    },
    assignments,
    deviceRunStates: {
      create: { detectionState: 'fail', scriptOutput: '{}' },
      update: { detectionState: 'scriptError', scriptError: 'x' },
    },
    runSummary: { create: {}, update: { issueDetectedDeviceCount: 3 } },
  },
  parameters: { assign: { deviceHealthScriptAssignments: [assignment] } },
};

/** A new policy of a family: its id and its path. */
export async function newScript(api: InProcessApi, { root, bodies }: ScriptFixture, changes: object = {}) {
  const { id } = await created(api, root, { ...bodies['']!.create, ...changes });
  return { id, path: `${root}/${id}` };
}

/** A new managed device: its id, and what binds a state to it. */
export async function newDevice(api: InProcessApi, body: object = {}) {
  const device = await created(api, 'deviceManagement/managedDevices', {
    deviceName: 'PC-1',
    osVersion: '10.0.26100',
    userPrincipalName: 'a@example.com',
    ...body,
  });
  return { id: device.id, bind: { 'managedDevice@odata.bind': `deviceManagement/managedDevices('${device.id}')` } };
}
