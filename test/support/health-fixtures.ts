import type { InProcessApi } from './in-process-api.ts';
import { created } from './sample-bodies.ts';

/** What the suites of health and compliance scripts start from: where each family's scripts are, and a body that makes one. */

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface ScriptFixture {
  readonly root: string;
  readonly body: object;
}

export const dailySchedule = {
  '@odata.type': '#microsoft.graph.deviceHealthScriptDailySchedule',
  interval: 8,
  useUtc: true,
  time: '11:58:36.2550000',
};

export const HEALTH: ScriptFixture = {
  root: 'deviceManagement/deviceHealthScripts',
  body: {
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
};

export const COMPLIANCE: ScriptFixture = {
  root: 'deviceManagement/deviceComplianceScripts',
  body: { displayName: 'BIOS version', publisher: 'Contoso', detectionScriptContent: base64('exit 0'), platform: 'linux' },
};

/** A new policy of a family: its id and its path. */
export async function newScript(api: InProcessApi, { root, body }: ScriptFixture, changes: object = {}) {
  const { id } = await created(api, root, { ...body, ...changes });
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
