import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Profile, type ProfileSetting, profileTable } from '../../src/api/request/profile.ts';
import type { ScopeNames } from '../../src/auth/authorize.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { groupBody, groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Every row of the profile table over HTTP, in both profiles; and which permission names scripts accept. */

type Send = InProcessApi['request'];

const aScript = async (send: Send): Promise<string> => `${SCRIPTS}/${(await send('POST', SCRIPTS, { body: scriptBody() })).body.id}`;

/** Setting → what of it can be seen from outside: the value in the table. */
const OBSERVATIONS: Readonly<Record<ProfileSetting, (send: Send) => Promise<unknown>>> = {
  async scriptDeleteStatus(send) {
    const script = await aScript(send);
    const state = await send('POST', `${script}/deviceRunStates`, { body: {} });
    const configuration = await send('POST', HARDWARE, { body: hardwareBody() });
    expect((await send('DELETE', `${HARDWARE}/${configuration.body.id}`)).status).toBe(204);
    const below = await send('DELETE', `${script}/deviceRunStates/${state.body.id}`);
    const whole = await send('DELETE', script);
    expect(below).toMatchObject({ status: whole.status, text: '' });
    return whole.status;
  },
  async scriptAssignStatus(send) {
    const answer = await send('POST', `${await aScript(send)}/assign`, { body: { deviceManagementScriptAssignments: [groupTarget('g')] } });
    expect(answer.text).toBe('');
    return answer.status;
  },
  async scopeTagCreateStatus(send) {
    return (await send('POST', 'deviceManagement/roleScopeTags', { body: { displayName: 'T' } })).status;
  },
  async unknownScopeTags(send) {
    const { status } = await send('POST', SCRIPTS, { body: scriptBody({ roleScopeTagIds: ['unknown'] }) });
    return status === 201 ? 'kept' : 'refused';
  },
  async contentInLists(send) {
    const script = await aScript(send);
    const { body } = await send('GET', SCRIPTS);
    expect((await send('GET', script)).body.scriptContent).toBe(scriptBody().scriptContent);
    return body.value[0].scriptContent === null ? 'null' : 'full';
  },
  async entityTypeAnnotation(send) {
    const script = await aScript(send);
    const annotated = async (path: string, level: string): Promise<boolean> => {
      const { body } = await send('GET', path, { headers: { accept: `application/json;odata.metadata=${level}` } });
      return (body.value?.[0] ?? body)['@odata.type'] === '#microsoft.graph.deviceManagementScript';
    };
    const minimal = await annotated(script, 'minimal');
    expect(await annotated(SCRIPTS, 'minimal')).toBe(minimal);
    expect(await annotated(script, 'full')).toBe(true);
    return minimal ? 'always' : 'full metadata only';
  },
  async navigationInCreate(send) {
    const answer = await send('POST', SCRIPTS, { body: scriptBody({ assignments: [], runSummary: null }) });
    if (answer.status === 201) return 'accepted';
    expect(answer).toMatchObject({ status: 400, body: { error: { target: 'assignments' } } });
    return 'refused';
  },
  async typeNameWithoutHash(send) {
    const bare = { target: { '@odata.type': 'microsoft.graph.allDevicesAssignmentTarget' } };
    const nested = await send('POST', `${await aScript(send)}/assignments`, { body: bare });
    const outer = await send('POST', SCRIPTS, { body: scriptBody({ '@odata.type': 'microsoft.graph.deviceManagementScript' }) });
    expect(outer.status).toBe(nested.status);
    if (nested.status !== 201) expect(nested).toMatchObject({ status: 400, body: { error: { target: '@odata.type' } } });
    return nested.status === 201 ? 'accepted' : 'refused';
  },
  async streamFormat(send) {
    const body = { data: { platform: 'windows10AndLater', rule: '(device.deviceName -eq "PC")' } };
    const path = 'deviceManagement/evaluateAssignmentFilter';
    const typeOf = async (headers = {}) => (await send('POST', path, { body, headers })).headers['content-type']!.split(';')[0];
    for (const accept of ['application/json', 'application/octet-stream']) expect(await typeOf({ accept })).toBe(accept);
    return typeOf();
  },
  async wrongMethodCode(send) {
    const answer = await send('PUT', await aScript(send), { body: {} });
    expect(answer.status).toBe(405);
    return answer.body.error.code;
  },
  async errorMessage(send) {
    const { status, body } = await send('POST', SCRIPTS, { body: { colour: 1 } });
    expect(status).toBe(400);
    const { message } = body.error;
    if (!message.startsWith('{')) {
      expect(message).toContain('colour');
      return 'text';
    }
    expect(JSON.parse(message)).toMatchObject({
      _version: 3,
      Message: expect.stringMatching(/colour.* - Url: \/beta\//),
      HttpHeaders: '{}',
    });
    return 'JSON as text';
  },
  async directoryErrors(send) {
    const ids = { '@odata.id': 'users/00000000-0000-4000-8000-000000000000' };
    const group = (await send('POST', 'groups', { body: groupBody() })).body.id;
    const errors = [
      await send('GET', `users/${uuidV4()}`),
      await send('POST', `groups/${group}/members/$ref`, { body: ids }),
      await send('PATCH', `groups/${group}`, { body: { description: 7 } }),
    ].map(({ status, body: { error } }) => [status, error.code, error.message.startsWith('{')]);
    if (errors[0]![1] === 'ResourceNotFound') return 'as of all others';
    expect(errors).toEqual([
      [404, 'Request_ResourceNotFound', false],
      [404, 'Request_ResourceNotFound', false],
      [400, 'Request_BadRequest', false],
    ]);
    return 'its own';
  },
  async passwordOfUser(send) {
    const answer = await send('POST', 'users', { body: { displayName: 'A' } });
    if (answer.status === 201) return 'accepted';
    expect(answer).toMatchObject({ status: 400, body: { error: { target: 'passwordProfile' } } });
    return 'refused';
  },
  async diagnosticHeader(send) {
    const headers = [await send('GET', SCRIPTS), await send('GET', `${SCRIPTS}/x`)].map((answer) => answer.headers['x-ms-ags-diagnostic']);
    for (const header of headers) if (header !== undefined) expect(JSON.parse(header)).toHaveProperty('ServerInfo');
    expect(new Set(headers.map((header) => header === undefined)).size).toBe(1);
    return headers[0] === undefined ? 'absent' : 'present';
  },
};

const settings = Object.keys(profileTable) as ProfileSetting[];
const PROFILES: readonly Profile[] = ['docs', 'service'];

it('sees every row of the table, and no other', () => {
  expect(Object.keys(OBSERVATIONS)).toEqual(settings);
});

describe.each(PROFILES)('the profile %s', (profile) => {
  const other = profile === 'docs' ? 'service' : 'docs';
  let chosen: InProcessApi;
  let asked: InProcessApi;
  beforeAll(async () => {
    chosen = await startInProcessApi({ profile });
    asked = await startInProcessApi({ profile: other });
  });
  afterAll(() => Promise.all([chosen.close(), asked.close()]));

  it.each(settings)('at start: %s', async (setting) => {
    expect(await OBSERVATIONS[setting]((...request) => chosen.request(...request))).toBe(profileTable[setting][profile]);
  });

  it.each(settings)('of one request: %s', async (setting) => {
    const send: Send = (method, path, options = {}) =>
      asked.request(method, path, { ...options, headers: { ...options.headers, prefer: `muster.profile=${profile}` } });
    expect(await OBSERVATIONS[setting](send)).toBe(profileTable[setting][profile]);
  });
});

it('docs/profiles.md shows the table', () => {
  const page = readFileSync(new URL('../../docs/profiles.md', import.meta.url), 'utf8');
  const rows = settings.map((setting) => {
    const { about, docs, service, source } = profileTable[setting];
    return `| ${about} | ${docs} | ${service} | ${source} |`;
  });
  expect(page).toContain(['| what | docs | service | known from |', '|---|---|---|---|', ...rows, ''].join('\n'));
});

describe('permission names', () => {
  const [NEW, OLD, DEVICES] = ['Scripts', 'Configuration', 'ManagedDevices'].map((area) => `DeviceManagement${area}.ReadWrite.All`) as [
    string,
    string,
    string,
  ];
  const CASES: readonly (readonly [ScopeNames, path: string, accepted: readonly string[]])[] = [
    ['both', SCRIPTS, [NEW, OLD, DEVICES]],
    ['both', `${SCRIPTS}/{id}/assign`, [NEW, OLD, DEVICES]],
    ['both', `${SCRIPTS}/{id}/userRunStates`, [NEW, OLD, DEVICES]],
    ['both', HARDWARE, [OLD]],
    ['current', SCRIPTS, [NEW]],
    ['current', `${SCRIPTS}/{id}/assign`, [NEW]],
    ['current', `${SCRIPTS}/{id}/userRunStates`, [NEW, OLD, DEVICES]],
    ['current', HARDWARE, [OLD]],
    ['pre-2025', SCRIPTS, [OLD, DEVICES]],
    ['pre-2025', `${SCRIPTS}/{id}/assign`, [OLD, DEVICES]],
    ['pre-2025', `${SCRIPTS}/{id}/userRunStates`, [OLD, DEVICES]],
    ['pre-2025', HARDWARE, [OLD]],
  ];

  it.each(CASES)('%s: POST %s', async (scopeNames, path, accepted) => {
    const api = await startInProcessApi({ scopeNames });
    try {
      const target = path.replace('{id}', '00000000-0000-0000-0000-000000000001');
      for (const name of [NEW, OLD, DEVICES]) {
        const answer = await api.request('POST', target, { body: { 'no such property': 1 }, token: await api.token({ roles: [name] }) });
        if (accepted.includes(name)) expect([400, 404], name).toContain(answer.status);
        else expectRefusal(answer, { status: 403, code: 'insufficientScope', says: accepted[0]! });
      }
    } finally {
      await api.close();
    }
  });
});
