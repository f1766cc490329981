import { hardwareBody, scriptBody, shellScriptBody } from './sample-bodies.ts';

/**
 * The request lines that public tools send, as data: one row each, sent in this order. `clients.test.ts` plays whole visits
 * of such tools; `compression.test.ts` sends the gzip bodies of Go clients, over a socket as they must be.
 */

export interface Line {
  /** Method and target as the tool sends them; `{name}` stands for the id of what `beforeAll` made. */
  readonly line: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status?: number;
  /** Part of the answer. */
  readonly answer?: unknown;
  /** Part of one of the entities that are answered. */
  readonly among?: object;
  /** What later lines call the entity that is answered. */
  readonly makes?: string;
  /** The navigation of `deviceManagement`, or the root, that the line asks for. */
  readonly needs?: string;
}

const ALL_DEVICES = { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } };
const TO_ALL = { deviceManagementScriptAssignments: [ALL_DEVICES] };
const HOURLY = { '@odata.type': '#microsoft.graph.deviceHealthScriptHourlySchedule', interval: 1 };

/** A batch of reads, with the whole numbers as ids that some clients send. */
const batch = (urls: readonly string[]) => ({ requests: urls.map((url, index) => ({ id: index + 1, method: 'GET', url })) });

const FULL = { accept: 'application/json;odata.metadata=full' };
const EVENTUAL = { consistencylevel: 'eventual' };

export const CLIENT_LINES: Readonly<Record<string, readonly Line[]>> = {
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
      among: { activityOperationType: 'Create', resources: [{ resourceId: '{script}' }] },
    },
    { line: 'GET /beta/deviceManagement/assignmentFilters?$select=displayName', answer: { value: [{ displayName: 'Dell notebooks' }] } },
    { line: 'GET /beta/deviceManagement/roleScopeTags', needs: 'roleScopeTags', answer: { value: [{ id: '0' }] } },
    {
      line: 'POST /beta/$batch',
      body: batch(['deviceManagement/deviceManagementScripts/{script}', '/deviceManagement/deviceManagementScripts/{script}/assignments']),
      answer: {
        responses: [
          { id: '1', status: 200, headers: {}, body: { id: '{script}' } },
          {
            ...{ id: '2', status: 200, headers: {} },
            body: {
              // The owner is found in the context.
              '@odata.context': "http://localhost:8080/beta/$metadata#deviceManagement/deviceManagementScripts('{script}')/assignments",
              value: [{ id: '{script}:{group}' }],
            },
          },
        ],
      },
    },
    { line: 'GET /beta/deviceManagement/assignmentFilters/{filter}?$select=displayName', answer: { displayName: 'Dell notebooks' } },
    { line: 'POST /beta/deviceManagement/deviceManagementScripts/{shell}/assign', body: TO_ALL, status: 204 },
    { line: 'GET /beta/deviceManagement/deviceShellScripts/{shell}/assignments', answer: { value: [ALL_DEVICES] } },
    { line: 'POST /beta/deviceManagement/deviceManagementScripts/{attribute}/assign', body: TO_ALL, status: 204 },
    {
      line: 'GET /beta/deviceManagement/deviceCustomAttributeShellScripts/{attribute}?$expand=assignments',
      answer: { assignments: [ALL_DEVICES] },
    },
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
      answer: { value: [{ id: '{health}' }] },
    },
    {
      line: 'GET /beta/deviceManagement/hardwareConfigurations/{hardware}',
      headers: FULL,
      answer: {
        '@odata.type': '#microsoft.graph.hardwareConfiguration',
        'assignments@odata.navigationLink': "http://localhost:8080/beta/deviceManagement/hardwareConfigurations('{hardware}')/assignments",
      },
    },
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts?$top=50&$search="Map"',
      headers: FULL,
      answer: { value: [{ id: '{script}' }, { id: '{other}' }] },
    },
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/?$select=displayName,fileName',
      answer: { displayName: 'Map drives', fileName: 'map.ps1' },
    },
    {
      line: 'POST /beta/$batch',
      needs: 'deviceHealthScripts',
      body: batch(['/deviceManagement/deviceHealthScripts/{health}/?$select=displayName,isGlobalScript']),
      answer: { responses: [{ id: '1', status: 200, headers: {}, body: { displayName: 'Disk space', isGlobalScript: false } }] },
    },
    { line: 'GET /beta/$metadata' },
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
      line: 'POST /beta/deviceManagement/deviceManagementScripts',
      body: scriptBody({ '@odata.type': '#microsoft.graph.deviceManagementScript', displayName: 'New', roleScopeTagIds: ['0'] }),
      status: 201,
      makes: 'platform',
      answer: { displayName: 'New', enforceSignatureCheck: false },
    },
    {
      line: 'PATCH /beta/deviceManagement/deviceManagementScripts/{platform}',
      body: { enforceSignatureCheck: true },
      answer: { id: '{platform}', enforceSignatureCheck: true },
    },
    { line: 'DELETE /beta/deviceManagement/deviceManagementScripts/{platform}', status: 204 },
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
    {
      line: 'POST /beta/deviceManagement/deviceShellScripts',
      body: shellScriptBody(),
      status: 201,
      makes: 'made',
      answer: { retryCount: 3 },
    },
    { line: 'POST /beta/deviceManagement/deviceShellScripts/{made}/assign', body: TO_ALL, status: 204 },
    {
      line: 'GET /beta/deviceManagement/deviceShellScripts/{made}?$expand=assignments',
      headers: EVENTUAL,
      answer: { id: '{made}', assignments: [ALL_DEVICES] },
    },
    {
      line: 'POST /beta/deviceManagement/deviceShellScripts/{made}/assign',
      body: { deviceManagementScriptAssignments: [] },
      status: 204,
    },
    { line: 'GET /beta/deviceManagement/deviceShellScripts/{made}/assignments', answer: { value: [] } },
    { line: 'PATCH /beta/deviceManagement/deviceShellScripts/{made}', body: { retryCount: 1 }, answer: { id: '{made}', retryCount: 1 } },
    { line: 'DELETE /beta/deviceManagement/deviceShellScripts/{made}', status: 204 },
    { line: 'GET /beta/deviceManagement/deviceShellScripts/{made}', status: 404, answer: { error: { code: 'ResourceNotFound' } } },
    {
      line: 'POST /beta/deviceManagement/deviceHealthScripts',
      body: {
        '@odata.type': '#microsoft.graph.deviceHealthScript',
        displayName: 'Made',
        detectionScriptContent: 'eA==',
        publisher: 'IT',
        roleScopeTagIds: ['0'],
      },
      status: 201,
      makes: 'remediation',
      answer: { displayName: 'Made', isGlobalScript: false },
    },
    {
      line: 'PATCH /beta/deviceManagement/deviceHealthScripts/{remediation}',
      body: { runAs32Bit: true },
      answer: { id: '{remediation}', runAs32Bit: true },
    },
    {
      line: 'POST /beta/deviceManagement/deviceHealthScripts/{remediation}/assign',
      body: { deviceHealthScriptAssignments: [] },
      status: 204,
    },
    { line: 'DELETE /beta/deviceManagement/deviceHealthScripts/{remediation}', status: 204 },
    { line: 'GET /beta/deviceManagement/deviceHealthScripts/{remediation}', status: 404 },
    {
      line: 'POST /beta/deviceManagement/deviceHealthScripts/{health}/assign',
      needs: 'deviceHealthScripts',
      body: { deviceHealthScriptAssignments: [{ ...ALL_DEVICES, runRemediationScript: true, runSchedule: HOURLY }] },
      status: 204,
    },
    {
      line: 'GET /beta/deviceManagement/deviceHealthScripts/{health}?$expand=assignments',
      needs: 'deviceHealthScripts',
      answer: { publisher: '', assignments: [{ runRemediationScript: true, runSchedule: HOURLY }] },
    },
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/assignments', answer: { value: [{ id: '{script}:{group}' }] } },
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
    {
      line: "GET /beta/deviceManagement/hardwarePasswordDetails?$filter=id eq '{device}'",
      answer: { value: [{ id: '{device}', currentPassword: 'secret' }] },
    },
    {
      line: 'POST /beta/$batch',
      body: batch(['/deviceManagement/deviceManagementScripts?$top=999&$expand=assignments', '/deviceManagement/assignmentFilters']),
      answer: {
        responses: [
          { id: '1', status: 200, body: { value: [{ assignments: [{}] }, {}] } },
          { id: '2', status: 200 },
        ],
      },
    },
    // A script is looked for in each collection.
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{shell}', status: 404 },
    { line: 'GET /beta/deviceManagement/deviceShellScripts/{shell}', answer: { id: '{shell}' } },
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
    { line: 'GET /beta/deviceManagement/deviceShellScripts', answer: { value: [{ id: '{shell}' }] } },
    {
      line: "GET /beta/deviceManagement/deviceShellScripts('{shell}')/groupAssignments",
      answer: { value: [] },
    },
    {
      line: "GET /beta/deviceManagement/deviceManagementScripts('{script}')/groupAssignments",
      answer: { value: [{ targetGroupId: '{group}' }] },
    },
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
    { line: 'GET /beta/deviceManagement/hardwareConfigurations', answer: { value: [{ id: '{hardware}' }] } },
    // An export is imported again, without what the service refuses in a create.
    {
      line: 'POST /beta/deviceManagement/hardwareConfigurations',
      body: { '@odata.context': 'https://graph.microsoft.com/beta/$metadata#x', ...hardwareBody({ displayName: 'Imported' }) },
      status: 201,
      makes: 'imported',
      answer: { displayName: 'Imported', version: 1 },
    },
    { line: 'DELETE /beta/deviceManagement/hardwareConfigurations/{imported}', status: 204 },
  ],
  IntuneBackupAndRestore: [
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}', answer: { fileName: 'map.ps1' } },
    { line: 'GET /beta/deviceManagement/deviceHealthScripts', needs: 'deviceHealthScripts', answer: { value: [{ id: '{health}' }] } },
    { line: 'GET /beta/deviceManagement/deviceManagementScripts', answer: { value: [{ id: '{script}' }, { id: '{other}' }] } },
    { line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/assignments', answer: { value: [{ id: '{script}:{group}' }] } },
    { line: 'GET /beta/deviceManagement/deviceHealthScripts/{health}', needs: 'deviceHealthScripts', answer: { id: '{health}' } },
    { line: 'GET /beta/deviceManagement/deviceHealthScripts/{health}/assignments', needs: 'deviceHealthScripts', answer: { value: [{}] } },
    {
      line: 'POST /beta/deviceManagement/deviceManagementScripts',
      body: {
        ...scriptBody({ displayName: 'Restored' }),
        '@odata.context': 'https://graph.microsoft.com/beta/$metadata#deviceManagement/deviceManagementScripts/$entity',
      },
      status: 201,
      makes: 'restoredScript',
    },
    { line: 'POST /beta/deviceManagement/deviceManagementScripts/{restoredScript}/assign', body: TO_ALL, status: 204 },
    { line: 'DELETE /beta/deviceManagement/deviceManagementScripts/{restoredScript}', status: 204 },
    {
      line: 'POST /beta/deviceManagement/deviceHealthScripts',
      body: {
        '@odata.context': 'https://graph.microsoft.com/beta/$metadata#deviceManagement/deviceHealthScripts/$entity',
        ...{
          displayName: 'Restored',
          detectionScriptContent: 'eA==',
          publisher: 'IT',
          version: '2',
          isGlobalScript: false,
          highestAvailableVersion: null,
        },
      },
      status: 201,
      makes: 'restoredHealth',
    },
    {
      line: 'POST /beta/deviceManagement/deviceHealthScripts/{restoredHealth}/assign',
      body: { deviceHealthScriptAssignments: [{ ...ALL_DEVICES, runRemediationScript: true, runSchedule: HOURLY }] },
      status: 204,
    },
    { line: 'DELETE /beta/deviceManagement/deviceHealthScripts/{restoredHealth}', status: 204 },
    {
      // Annotations and what the server sets come back with the rest.
      line: 'POST /beta/deviceManagement/deviceShellScripts',
      body: {
        ...shellScriptBody({ displayName: 'Restored' }),
        '@odata.context': 'https://graph.microsoft.com/beta/$metadata#deviceManagement/deviceShellScripts/$entity',
        'assignments@odata.context': 'https://graph.microsoft.com/beta/$metadata#x',
        id: '00000000-0000-0000-0000-000000000001',
        createdDateTime: '2020-01-01T00:00:00Z',
        lastModifiedDateTime: '2020-01-01T00:00:00Z',
      },
      status: 201,
      makes: 'restored',
      answer: { displayName: 'Restored' },
    },
    {
      line: 'PATCH /beta/deviceManagement/deviceShellScripts/{restored}',
      body: {
        '@odata.type': '#microsoft.graph.deviceShellScript',
        id: '{script}',
        createdDateTime: '2020-01-01T00:00:00Z',
        fileName: 'r.sh',
      },
      answer: { id: '{restored}', fileName: 'r.sh' },
    },
    { line: 'DELETE /beta/deviceManagement/deviceShellScripts/{restored}', status: 204 },
  ],
  Microsoft365DSC: [
    { line: "GET /beta/deviceManagement/deviceManagementScripts?$filter=DisplayName eq 'Map drives'", answer: { value: [{}, {}] } },
    { line: "GET /v1.0/groups?$filter=DisplayName eq 'Pilot'", answer: { value: [{ id: '{group}' }] } },
    {
      line: 'PATCH /beta/deviceManagement/deviceManagementScripts/{other}',
      body: { '@odata.type': '#microsoft.graph.DeviceManagementScript', runAs32Bit: true },
      answer: { '@odata.type': '#microsoft.graph.deviceManagementScript', runAs32Bit: true },
    },
    {
      line: 'PATCH /beta/deviceManagement/deviceManagementScripts/{other}',
      body: { '@odata.type': 'graph.DeviceShellScript' },
      status: 400,
    },
    { line: 'POST /beta/deviceManagement/deviceManagementScripts/{other}/assign', body: TO_ALL, status: 204 },
  ],
  'go-azure-sdk': [
    { line: 'POST /beta/deviceManagement/hardwareConfigurations/{hardware}/assign', status: 200, answer: { value: [] } },
    { line: 'POST /beta/deviceManagement/hardwareConfigurations', body: hardwareBody(), status: 201, makes: 'made' },
    { line: 'DELETE /beta/deviceManagement/hardwareConfigurations/{made}', headers: { 'if-match': '*' }, status: 204 },
  ],
  'okieselbach/Intune': [
    { line: 'GET /beta/deviceManagement/deviceManagementSCripts/{script}', answer: { id: '{script}' } },
    { line: 'GET /beta/deviceManagement/deviceHEalthScripts/{health}', needs: 'deviceHealthScripts', answer: { id: '{health}' } },
  ],
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
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/deviceRunStates?$expand=managedDevice($select=id)&$top=100',
      answer: { value: [{ id: '{state}', managedDevice: { id: '{device}' } }] },
    },
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/deviceRunStates?$expand=managedDevice($select=id)&$filter=',
      answer: { value: [{ managedDevice: { id: '{device}' } }] },
    },
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts/{script}/userRunStates/{userState}/deviceRunStates',
      answer: { value: [{ id: '{state}' }] },
    },
    {
      line: 'GET /beta/deviceManagement/deviceManagementScripts?$expand=assignments,runSummary',
      answer: { value: [{ runSummary: { successDeviceCount: 1 } }, { runSummary: { successDeviceCount: 0 } }] },
    },
    {
      line: 'GET /beta/deviceManagement/deviceHealthScripts?$expand=assignments,runSummary',
      needs: 'deviceHealthScripts',
      answer: { value: [{ assignments: [{}], runSummary: {} }] },
    },
    {
      line: 'POST /beta/deviceManagement/managedDevices/{device}/initiateOnDemandProactiveRemediation',
      needs: 'deviceHealthScripts',
      body: { scriptPolicyId: '{health}' },
      status: 204,
    },
    {
      line: 'GET /beta/deviceManagement/managedDevices/{device}/deviceHealthScriptStates',
      needs: 'deviceHealthScripts',
      answer: { value: [{ policyId: '{health}', detectionState: 'pending' }] },
    },
  ],
};
