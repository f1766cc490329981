import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNavigation } from '../src/edm/link.ts';
import { model } from '../src/model/index.ts';
import { type InProcessApi, startInProcessApi } from '../src/testing/in-process-api.ts';
import { created, groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from './sample-bodies.ts';

/**
 * The request lines that public tools send, as data: one row each. A row whose family is not served yet names it in `needs`; it is
 * left out with its reason printed, and runs as soon as the family is there. `clients.test.ts` plays whole visits of such tools.
 */

interface Line {
  /** Method and target as the tool sends them; `{name}` stands for the id of what `beforeAll` made. */
  readonly line: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** Part of the answer. */
  readonly answer?: unknown;
  /** The navigation of `deviceManagement`, or the root, that the line asks for. */
  readonly needs?: string;
}

const ALL_DEVICES = { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } };
const FULL = { accept: 'application/json;odata.metadata=full' };
const EVENTUAL = { consistencylevel: 'eventual' };

const LINES: Readonly<Record<string, readonly Line[]>> = {
  IntuneCD: [
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/', answer: { value: [{ id: '{script}' }, { id: '{other}' }] } },
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}?$expand=assignments',
      answer: { assignments: [{ id: '{script}:{group}' }] },
    },
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/assignments', answer: { value: [{ id: '{script}:{group}' }] } },
    { line: 'GET /beta/groups/{group}?$select=displayName', answer: { displayName: 'Pilot' } },
    { line: 'GET /beta/groups/{group}?$select=displayName,groupTypes,membershipRule', answer: { groupTypes: [], membershipRule: null } },
    {
      line: "GET /beta/groups?$filter=displayName eq 'Pilot'&$select=id,displayName,groupTypes,membershipRule",
      answer: { value: [{ id: '{group}' }] },
    },
    {
      line: "GET /v1.0/deviceManagement/auditEvents?$filter=activityDateTime gt 2020-01-01T00:00:00Z and activityOperationType ne 'Get'&$orderby=activityDateTime desc",
      needs: 'auditEvents',
    },
    { line: 'GET /beta/deviceManagement/assignmentFilters?$select=displayName', needs: 'assignmentFilters' },
    { line: 'GET /beta/deviceManagement/roleScopeTags', needs: 'roleScopeTags' },
  ],
  IntuneManagement: [
    {
      line: 'GET /beta/deviceManagement/hardwareConfigurations',
      headers: { ...FULL, 'x-ms-client-request-id': '1' },
      answer: { value: [{ id: '{hardware}' }] },
    },
    {
      line: 'GET /beta/deviceManagement/managedDevices?$top=50&$search="PC"',
      headers: FULL,
      answer: { value: [{ '@odata.type': '#microsoft.graph.managedDevice', id: '{device}' }] },
    },
    { line: 'GET /beta/groups/{group}', headers: FULL, answer: { '@odata.type': '#microsoft.graph.group', id: '{group}' } },
    {
      line: 'GET /beta/organization',
      headers: FULL,
      answer: { value: [{ '@odata.type': '#microsoft.graph.organization', id: '{tenant}' }] },
    },
    {
      line: 'GET /beta/deviceManagement/deviceHealthScripts?$filter=isGlobalScript%20eq%20false',
      needs: 'deviceHealthScripts',
      answer: { value: [] },
    },
  ],
  'terraform-provider-microsoft365': [
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}?%24expand=assignments',
      headers: EVENTUAL,
      answer: { id: '{script}' },
    },
    {
      line: "GET /beta/deviceManagement/deviceManagementScripts?$filter=contains(displayName,'a') and contains(fileName,'m') and runAsAccount eq 'system'",
      answer: { value: [{ id: '{script}' }] },
    },
    {
      line: 'POST /beta/deviceManagement/deviceManagementScripts/{other}/assign',
      body: { deviceManagementScriptAssignments: [ALL_DEVICES] },
      status: 204,
    },
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{other}/assignments', answer: { value: [ALL_DEVICES] } },
    {
      line: 'POST /beta/deviceManagement/deviceManagementScripts/{other}/assign',
      body: { deviceManagementScriptAssignments: [] },
      status: 204,
    },
  ],
  'CIPP-API': [
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts?$top=999&$expand=assignments',
      answer: { value: [{ assignments: [{}] }, {}] },
    },
    { line: "POST /beta/deviceManagement/deviceManagementScripts('{other}')/assign", body: {}, status: 204 },
    { line: 'GET /beta/groups?$top=999&$count=true&$select=id,displayName', headers: EVENTUAL, answer: { '@odata.count': 2 } },
    { line: 'GET /beta/groups/{group}/members?$top=999&$select=id,displayName,userPrincipalName', answer: { value: [{}, {}, {}] } },
    { line: 'GET /v1.0/users?$count=true&$top=1', headers: EVENTUAL, answer: { '@odata.count': 1 } },
    { line: 'GET /v1.0/organization', answer: { value: [{ id: '{tenant}', verifiedDomains: [{ isDefault: true }] }] } },
    { line: "GET /beta/deviceManagement/hardwarePasswordDetails?$filter=id eq '{device}'", needs: 'hardwarePasswordDetails' },
  ],
  IntuneAssignmentChecker: [
    { line: "GET /v1.0/groups?$filter=displayName eq 'Pilot'&$select=id,displayName", answer: { value: [{ id: '{group}' }] } },
    { line: 'GET /v1.0/groups/{group}', answer: { displayName: 'Pilot' } },
    { line: 'GET /v1.0/users/ada@example.com', answer: { id: '{user}' } },
    { line: 'GET /v1.0/users/{user}/transitiveMemberOf?$select=id,displayName', answer: { value: [{}, {}] } },
    { line: 'GET /v1.0/users/{user}/transitiveMemberOf/microsoft.graph.group?$select=id,displayName', answer: { value: [{}, {}] } },
    { line: "GET /v1.0/devices?$filter=displayName eq 'PC-1'", answer: { value: [{ id: '{device}' }] } },
    {
      line: 'GET /v1.0/devices/{device}/transitiveMemberOf?$select=id,displayName',
      answer: { value: [{ id: '{group}', displayName: 'Pilot' }] },
    },
    { line: 'GET /v1.0/groups/{group}/transitiveMembers?$select=id', answer: { value: [{}, {}, {}] } },
    { line: 'GET /v1.0/groups/{group}/members/$count', headers: EVENTUAL, answer: '3' },
    { line: 'GET /v1.0/organization?$select=displayName', answer: { value: [{ displayName: 'Muster' }] } },
    { line: 'GET /beta/deviceManagement/deviceShellScripts', needs: 'deviceShellScripts' },
  ],
  'mggraph-intune-samples': [
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/userRunStates',
      answer: { value: [{ userPrincipalName: 'ada@example.com' }] },
    },
    { line: 'GET /beta/deviceManagement/hardwareConfigurations/{hardware}', answer: { id: '{hardware}' } },
    { line: 'GET /v1.0/users/ada@example.com/managedDevices', answer: { value: [{ id: '{device}' }] } },
    {
      line: "GET /v1.0/deviceManagement/managedDevices?$filter=userPrincipalName eq 'ada@example.com'",
      answer: { value: [{ id: '{device}' }] },
    },
    {
      line: 'GET /beta/deviceManagement/managedDevices/{device}?$select=id,hardwareInformation,physicalMemoryInBytes',
      answer: { physicalMemoryInBytes: 1024 },
    },
  ],
  IntuneBackupAndRestore: [
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}', answer: { fileName: 'map.ps1' } },
    { line: 'GET /beta/deviceManagement/deviceHealthScripts', needs: 'deviceHealthScripts' },
  ],
  Microsoft365DSC: [
    { line: "GET /beta/deviceManagement/deviceManagementScripts?$filter=DisplayName eq 'Map drives'", answer: { value: [{}, {}] } },
    { line: "GET /v1.0/groups?$filter=DisplayName eq 'Pilot'", answer: { value: [{ id: '{group}' }] } },
  ],
  'go-azure-sdk': [{ line: 'POST /beta/deviceManagement/hardwareConfigurations/{hardware}/assign', status: 200, answer: { value: [] } }],
  'okieselbach/Intune': [{ line: 'GET /beta/deviceManagement/deviceHEalthScripts', needs: 'deviceHealthScripts' }],
  'other public scripts': [
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/deviceRunStates?$expand=managedDevice',
      answer: { value: [{ managedDevice: { id: '{device}' } }] },
    },
    {
      line: "GET /beta/deviceManagement/deviceManagementScripts/{script}/deviceRunStates?$filter=managedDevice/id eq '{device}'",
      answer: { value: [{ runState: 'success' }] },
    },
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/deviceRunStates/$count', headers: EVENTUAL, answer: '1' },
    { line: 'GET /beta/deviceManagement/managedDevices/{device}/users', answer: { value: [{ id: '{user}' }] } },
    { line: 'GET /beta/deviceManagement/comanagedDevices', answer: { value: [] } },
    { line: 'GET /beta/deviceManagement/managedDevices/{device}/deviceHealthScriptStates', needs: 'deviceHealthScripts' },
  ],
};

let api: InProcessApi;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startInProcessApi();
  const make = async (name: string, path: string, body: object): Promise<void> => {
    ids[`{${name}}`] = (await created(api, path, body)).id;
  };
  const group = { mailEnabled: false, mailNickname: 'pilot', securityEnabled: true };
  ids['{tenant}'] = api.tenantId;
  await make('user', 'users', { displayName: 'Ada', userPrincipalName: 'ada@example.com' });
  await make('device', 'deviceManagement/managedDevices', {
    deviceName: 'PC-1',
    userPrincipalName: 'ada@example.com',
    physicalMemoryInBytes: 1024,
  });
  await make('inner', 'groups', { ...group, displayName: 'Inner', 'members@odata.bind': [`users/${ids['{user}']}`] });
  await make('group', 'groups', {
    ...group,
    displayName: 'Pilot',
    'members@odata.bind': ['user', 'device', 'inner'].map((name) => `directoryObjects/${ids[`{${name}}`]}`),
  });
  await make('hardware', HARDWARE, hardwareBody());
  await make('script', SCRIPTS, scriptBody());
  await make('other', SCRIPTS, scriptBody({ fileName: 'x.ps1' }));
  await created(api, `${SCRIPTS}/${ids['{script}']}/assignments`, groupTarget(ids['{group}']!));
  await created(api, `${SCRIPTS}/${ids['{script}']}/deviceRunStates`, {
    runState: 'success',
    'managedDevice@odata.bind': `deviceManagement/managedDevices/${ids['{device}']}`,
  });
});
afterAll(() => api.close());

const withIds = (text: string): string => Object.entries(ids).reduce((written, [name, id]) => written.replaceAll(name, id), text);

const isServed = (name: string): boolean =>
  model.findRoot(name) !== undefined || findNavigation(model.findRoot('deviceManagement')!.type, name) !== undefined;

describe.each(Object.entries(LINES))('%s', (client, lines) => {
  for (const { line, body, headers = {}, status = 200, answer, needs } of lines) {
    const isMissing = needs !== undefined && !isServed(needs);
    if (isMissing) process.stdout.write(`not sent for ${client}: ${line} (${needs} is not served yet)\n`);
    it.skipIf(isMissing)(line, async () => {
      const [method, target] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      const received = await api.request(method, withIds(target), { headers, ...(body === undefined ? {} : { body }) });
      expect(received.status, received.text).toBe(status);
      if (answer === undefined) return;
      const wanted = JSON.parse(withIds(JSON.stringify(answer)));
      if (typeof wanted === 'string') expect(received.text).toBe(wanted);
      else expect(received.body).toMatchObject(wanted);
    });
  }
});
