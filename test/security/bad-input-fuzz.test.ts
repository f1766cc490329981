import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, type RequestOptions, startInProcessApi } from '../support/in-process-api.ts';
import { expectHarmless } from '../support/refusal.ts';
import { createdPath, FILTERS, groupBody, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Whatever body is sent: never a status of 5xx, never a look inside, and a refused write leaves everything as it was. */

let api: InProcessApi;
let paths: readonly string[];

beforeAll(async () => {
  api = await startInProcessApi();
  const hardware = await createdPath(api, HARDWARE, hardwareBody());
  const script = await createdPath(api, SCRIPTS, scriptBody());
  const state = await createdPath(api, `${hardware}/userRunStates`, { upn: 'a@example.com' });
  await createdPath(api, `${hardware}/deviceRunStates`, { upn: 'b@example.com', deviceName: 'PC' });
  const group = await createdPath(api, 'groups', groupBody());
  paths = [
    hardware,
    script,
    state,
    group,
    HARDWARE,
    SCRIPTS,
    'users',
    `${group}/members/$ref`,
    `${hardware}/assign`,
    `${script}/assign`,
  ].concat(
    `${hardware}/userRunStates`,
    `${script}/deviceRunStates`,
    `${hardware}/runSummary`,
    `${hardware}/assignments`,
    'deviceManagement/managedDevices',
    `${SCRIPTS}/hasPayloadLinks`,
    FILTERS,
    `${FILTERS}/validateFilter`,
    'deviceManagement/evaluateAssignmentFilter',
    'deviceManagement/getAssignmentFiltersStatusDetails',
  );
});
afterAll(() => api.close());

/** All that the tenant holds, as text. */
async function everything(): Promise<string> {
  const texts: string[] = [];
  for (const path of [`${HARDWARE}?$expand=*`, `${SCRIPTS}?$expand=*`, 'users', 'groups', FILTERS, 'deviceManagement/managedDevices'])
    texts.push((await api.request('GET', path)).text);
  return texts.join('\n');
}

async function expectHarmlessWrite(method: string, path: string, options: RequestOptions): Promise<void> {
  const before = await everything();
  const answer = await api.request(method, path, options);
  expectHarmless(answer);
  if (answer.status >= 400) expect(await everything()).toBe(before);
}

const anyPath = fc.nat().map((n) => paths[n % paths.length]!);
const writeMethod = fc.constantFrom('POST', 'PATCH');

const NAMES = [
  'displayName',
  'rule',
  'platform',
  'data',
  'deviceAndAppManagementAssignmentFilter',
  'managedDeviceId',
  'description',
  'fileName',
  'configurationFileContent',
  'scriptContent',
  'roleScopeTagIds',
  'upn',
  'userPrincipalName',
  'successfulDeviceCount',
  'successDeviceCount',
  'lastStateUpdateDateTime',
  'configurationState',
  'runState',
  'target',
  '@odata.type',
  '@odata.id',
  'groupId',
  'hardwareConfigurationAssignments',
  'deviceManagementScriptAssignments',
  'deviceManagementScriptGroupAssignments',
  'targetGroupId',
  'managedDevice@odata.bind',
  'managedDevice',
  'payloadIds',
  'assignments',
  '__proto__',
  'constructor',
  'hardwareConfigurationFormat',
  'runAsAccount',
];

const VALUES: readonly unknown[] = [
  null,
  true,
  '',
  'success',
  'dell',
  'x.cctk',
  'YQ==',
  '2017-01-01T00:02:58.4418045-08:00',
  0,
  -1,
  2147483647,
  2147483648,
  1.5,
  1e308,
  [],
  {},
  ['0'],
  'iOS',
  'device.model -eq "x"',
  { platform: 'iOS', rule: 'device.model -eq "x"', top: 1 },
  { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget', deviceAndAppManagementAssignmentFilterType: 'include' },
  '#microsoft.graph.groupAssignmentTarget',
  '#microsoft.graph.organizationalUnitAssignmentTarget',
  { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' },
  '00000000-0000-0000-0000-000000000001',
  'https://x/beta/users/00000000-0000-0000-0000-000000000001',
  "users('",
  '\u0000',
  '\ud800',
];

const anyBody = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...VALUES),
    fc.jsonValue({ maxDepth: 2 }),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 6 }),
}));

it('random bytes as body', () =>
  fc.assert(
    fc.asyncProperty(writeMethod, anyPath, fc.uint8Array({ minLength: 1, maxLength: 60 }), (method, path, body) =>
      expectHarmlessWrite(method, path, { body }),
    ),
    { numRuns: 100 },
  ));

it('JSON with bytes changed', () =>
  fc.assert(
    fc.asyncProperty(
      writeMethod,
      anyPath,
      anyBody.object,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }),
      (...given) => {
        const [method, path, value, edits] = given;
        const body = Buffer.from(JSON.stringify(value));
        for (const [at, byte] of edits) body[at % body.length] = byte;
        return expectHarmlessWrite(method, path, { body });
      },
    ),
    { numRuns: 120 },
  ));

it('JSON of known names and values that may or may not fit', () =>
  fc.assert(
    fc.asyncProperty(writeMethod, anyPath, anyBody.object, (method, path, body) =>
      expectHarmlessWrite(method, path, { body: JSON.stringify(body) }),
    ),
    { numRuns: 200 },
  ));
