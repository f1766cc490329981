import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUuid } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { created, createdPath, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { sharedFile } from '../support/shared-file.ts';

/** Plays the requests of the documents that Muster was made for, byte for byte, and compares the answers property by property. */

interface Seed {
  /** Documents that hold this very request. The one without indentation was scraped from a page. */
  readonly documents: readonly string[];
  readonly request: string;
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly answer: string;
}

const HARDWARE_USER_STATE = `  "@odata.type": "#microsoft.graph.hardwareConfigurationUserState",
  "upn": "Upn value",
  "userEmail": "User Email value",
  "userName": "User Name value",
  "lastStateUpdateDateTime": "2017-01-01T00:02:58.4418045-08:00",
  "successfulDeviceCount": 5,
  "failedDeviceCount": 1,
  "pendingDeviceCount": 2,
  "errorDeviceCount": 0,
  "notApplicableDeviceCount": 8,
  "unknownDeviceCount": 2
`;
const HARDWARE_DEVICE_STATE = `  "@odata.type": "#microsoft.graph.hardwareConfigurationDeviceState",
  "deviceName": "Device Name value",
  "osVersion": "Os Version value",
  "upn": "Upn value",
  "internalVersion": 15,
  "lastStateUpdateDateTime": "2017-01-01T00:02:58.4418045-08:00",
  "configurationState": "success",
  "configurationOutput": "Configuration Output value",
  "configurationError": "Configuration Error value"
`;
const SCRIPT_USER_STATE = `  "@odata.type": "#microsoft.graph.deviceManagementScriptUserState",
  "successDeviceCount": 2,
  "errorDeviceCount": 0,
  "userPrincipalName": "User Principal Name value"
`;

/** The documented answer is the request with an id behind its type. */
const withId = (members: string, id: string): string => `{\n${members.replace('\n', `\n  "id": "${id}",\n`)}}`;

const USER_STATES = '/deviceManagement/hardwareConfigurations/{hardwareConfigurationId}/userRunStates';

const SEEDS: readonly Seed[] = [
  {
    documents: ['000_874c0dcbaba2667d.txt'],
    request: `POST https://graph.microsoft.com/beta${USER_STATES}`,
    status: 201,
    reason: 'Created',
    body: `{\n${HARDWARE_USER_STATE}}`,
    answer: withId(HARDWARE_USER_STATE, '303ad215-d215-303a-15d2-3a3015d23a30'),
  },
  {
    documents: ['001_7e253c734bd73af3.txt'],
    request: 'POST https://graph.microsoft.com/beta/deviceManagement/hardwareConfigurations/{hardwareConfigurationId}/deviceRunStates',
    status: 201,
    reason: 'Created',
    body: `{\n${HARDWARE_DEVICE_STATE}}`,
    answer: withId(HARDWARE_DEVICE_STATE, '74b9fcd8-fcd8-74b9-d8fc-b974d8fcb974'),
  },
  {
    documents: ['002_cfa0c8bad7bc2d19.txt'],
    request: `POST https://graph.microsoft.com/beta${USER_STATES}`,
    status: 201,
    reason: 'Created',
    body: `{\n${HARDWARE_USER_STATE}}`.replaceAll(/^ +/gm, ''),
    answer: withId(HARDWARE_USER_STATE, '303ad215-d215-303a-15d2-3a3015d23a30').replaceAll(/^ +/gm, ''),
  },
  {
    documents: ['003_d8242bf47f7d4600.txt'],
    request: `PATCH https://graph.microsoft.com/beta${USER_STATES}/{hardwareConfigurationUserStateId}`,
    status: 200,
    reason: 'OK',
    body: `{\n${HARDWARE_USER_STATE}}`,
    answer: withId(HARDWARE_USER_STATE, '303ad215-d215-303a-15d2-3a3015d23a30'),
  },
  {
    documents: ['004_c71f8c30fec5bcf1.txt'],
    request: 'POST https://graph.microsoft.com/beta/deviceManagement/deviceManagementScripts/{deviceManagementScriptId}/userRunStates/',
    status: 201,
    reason: 'Created',
    body: `{\n${SCRIPT_USER_STATE}}`,
    answer: withId(SCRIPT_USER_STATE, 'd5a29103-9103-d5a2-0391-a2d50391a2d5'),
  },
];

/** The request and the answer in a document: the line that names the method with a full URL, and the two JSON objects. */
function extract(document: string) {
  const text = document.replaceAll('\r\n', '\n');
  const objects = [...text.matchAll(/^\{\n[^{}]*\}/gm)].map(([json]) => json);
  const [, status, reason] = /HTTP\/1\.1 (\d+) ([^\n]+)/.exec(text) ?? [];
  return {
    request: /^(?:POST|PATCH) https:\S+/m.exec(text)?.[0],
    status: Number(status),
    reason: reason?.trim(),
    mediaType: /Content-type: (\S+)/i.exec(text)?.[1],
    objects,
  };
}

describe('the seed documents', () => {
  let api: InProcessApi;
  beforeAll(async () => {
    api = await startInProcessApi();
  });
  afterAll(() => api.close());

  /** The request's path below a parent that exists. */
  async function target(request: string): Promise<[method: string, path: string]> {
    const [method, url] = request.split(' ') as [string, string];
    const hardware = url.includes('hardwareConfigurations');
    const policy = await created(api, hardware ? HARDWARE : SCRIPTS, hardware ? hardwareBody() : scriptBody());
    const path = new URL(url).pathname
      .replaceAll('%7B', '{')
      .replaceAll('%7D', '}')
      .replace(/\{(hardwareConfigurationId|deviceManagementScriptId)\}/, policy.id);
    if (!path.includes('{')) return [method, path];
    const state = await created(api, `${HARDWARE}/${policy.id}/userRunStates`, { upn: 'before@example.com', pendingDeviceCount: 7 });
    return [method, path.replace('{hardwareConfigurationUserStateId}', state.id)];
  }

  for (const profile of ['docs', 'service'] as const) {
    it.each(SEEDS)(`are answered as documented: $documents, profile ${profile}`, async ({ request, status, body, answer }) => {
      const [method, path] = await target(request);
      const got = await api.request(method, path, {
        body,
        headers: { 'content-type': 'application/json', accept: 'application/json', prefer: `muster.profile=${profile}` },
      });
      expect(got.status, got.text).toBe(status);
      const documented = JSON.parse(answer) as Record<string, unknown>;
      if (profile === 'service') delete documented['@odata.type'];
      for (const [name, value] of Object.entries(documented)) {
        if (name === 'id') expect(isUuid(got.body.id), got.text).toBe(true);
        else expect({ [name]: got.body[name] }).toEqual({ [name]: value });
      }
    });
  }

  it.each(SEEDS)('leave exactly what was sent: $documents', async ({ request, body }) => {
    const [method, path] = await target(request);
    const got = await api.request(method, path, { body });
    const read = await api.request('GET', method === 'POST' ? `${path.replace(/\/$/, '')}/${got.body.id}` : path);
    expect(read.body).toEqual(got.body);
    expect(read.body).toMatchObject(JSON.parse(body));
    const collection = path.replace(/(userRunStates|deviceRunStates).*/, '$1');
    expect(await rowsOf(api, collection)).toEqual([expect.objectContaining({ id: got.body.id })]);
  });

  it('count a created user state in the run summary at once', async () => {
    const policy = await createdPath(api, HARDWARE, hardwareBody());
    await api.request('POST', `${policy}/userRunStates`, { body: SEEDS[0]!.body });
    const { body } = await api.request('GET', `${policy}/runSummary`);
    expect(body).toMatchObject({
      successfulDeviceCount: 5,
      failedDeviceCount: 1,
      pendingDeviceCount: 2,
      errorDeviceCount: 0,
      notApplicableDeviceCount: 8,
      unknownDeviceCount: 2,
      failedUserCount: 1,
      successfulUserCount: 0,
      lastRunDateTime: '2017-01-01T00:02:58.4418045-08:00',
    });
  });

  it('refuse an update of a user state that does not exist', async () => {
    const policy = await createdPath(api, HARDWARE, hardwareBody());
    const answer = await api.request('PATCH', `${policy}/userRunStates/303ad215-d215-303a-15d2-3a3015d23a30`, { body: SEEDS[3]!.body });
    expect(answer.status).toBe(404);
    expect(await rowsOf(api, `${policy}/userRunStates`)).toEqual([]);
  });

  describe.each(SEEDS)('$request', ({ documents, request, status, reason, body, answer }) => {
    for (const name of documents) {
      const text = sharedFile(`seeds/${name}`);
      it.skipIf(text === undefined)(`is ${name} itself`, () => {
        expect(extract(text!)).toEqual({ request, status, reason, mediaType: 'application/json', objects: [body, answer] });
      });
    }
  });
});
