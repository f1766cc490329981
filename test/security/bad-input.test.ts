import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BAD_REQUESTS } from '../support/bad-requests.ts';
import { type InProcessApi, type RequestOptions, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Every kind of bad input gets its documented error and changes nothing; what lies just inside the limits is accepted. */

let api: InProcessApi;
let names: Record<string, string>;

beforeAll(async () => {
  api = await startInProcessApi();
  const hardware = (await created(api, HARDWARE, hardwareBody())).id;
  const script = (await created(api, SCRIPTS, scriptBody())).id;
  const state = (await created(api, `${HARDWARE}/${hardware}/userRunStates`, { upn: 'user@example.com', successfulDeviceCount: 3 })).id;
  await created(api, `${HARDWARE}/${hardware}/deviceRunStates`, { deviceName: 'PC-1', upn: 'b@example.com', configurationState: 'fail' });
  names = {
    '{h}': `${HARDWARE}/${hardware}`,
    '{s}': `${SCRIPTS}/${script}`,
    '{u}': `${HARDWARE}/${hardware}/userRunStates/${state}`,
    '{sid}': script,
  };
});
afterAll(() => api.close());

/** All that the tenant holds, as text. */
async function everything(): Promise<string> {
  const texts: string[] = [];
  for (const path of [`${HARDWARE}?$expand=*`, `${SCRIPTS}?$expand=*`, 'users', 'groups', 'deviceManagement/managedDevices']) {
    const answer = await api.request('GET', path);
    expect(answer.status, answer.text).toBe(200);
    texts.push(answer.text);
  }
  return texts.join('\n');
}

const send = (request: string, options: RequestOptions) => {
  const [method, template] = request.split(' ', 2) as [string, string];
  const path = Object.entries(names)
    .reduce((text, [name, value]) => text.replaceAll(name, value), template)
    .replace(/^hw(?=$|[/?(])/, HARDWARE)
    .replace(/^scripts(?=$|[/?(])/, SCRIPTS);
  return api.request(method, path, options);
};

describe.each(Object.entries(BAD_REQUESTS))('bad input in the %s', (_, rows) => {
  it.each(rows.map(([what, request, options, refusal]) => ({ what, request, options, refusal })))(
    '$what: $request',
    async ({ request, options, refusal }) => {
      const before = await everything();
      const answer = await send(request, options);
      expectRefusal(answer, refusal);
      expect(answer.headers.allow).toBe(refusal.allow);
      expect(await everything()).toBe(before);
    },
  );
});

describe('just inside the limits', () => {
  const bytes = (length: number): string => Buffer.alloc(length, 0x61).toString('base64');

  it.each([
    ['{u}', { successfulDeviceCount: 2147483647, failedDeviceCount: 0 }],
    ['{h}', { displayName: 'x'.repeat(150), fileName: 'y'.repeat(150), description: 'z'.repeat(1000) }],
    ['{h}', { configurationFileContent: bytes(5120) }],
    ['{h}', { description: null, roleScopeTagIds: [] }],
    ['{s}', { scriptContent: bytes(300_000), description: '\u{1F600}'.repeat(1000) }],
    ['{u}', { lastStateUpdateDateTime: '9999-12-31T23:59:59.9999999Z' }],
    ['{u}', { lastStateUpdateDateTime: '0001-01-01T00:00:00Z' }],
  ])('PATCH %s %j is accepted and kept', async (path, change) => {
    const answer = await send(`PATCH ${path}`, { body: change });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject(change);
    expect((await send(`GET ${path}`, {})).body).toMatchObject(change);
  });

  it('Int32 takes its lowest value', async () => {
    const answer = await send('POST {h}/deviceRunStates', { body: { internalVersion: -2147483648 } });
    expect(answer).toMatchObject({ status: 201, body: { internalVersion: -2147483648 } });
  });
});

describe('what is ignored, by rule', () => {
  it.each([
    ['{h}', { id: 'x', version: 99, createdDateTime: 'never', lastModifiedDateTime: 5 }],
    ['{s}', { id: null, createdDateTime: null, '@odata.context': 'x', 'assignments@odata.context': 'x' }],
    ['{u}', { id: '00000000-0000-0000-0000-000000000001', '@odata.etag': 'x' }],
  ])('read-only scalars and annotations in PATCH %s', async (path, junk) => {
    const { body: before } = await send(`GET ${path}`, {});
    const answer = await send(`PATCH ${path}`, { body: junk });
    expect(answer.status, answer.text).toBe(200);
    expect({ ...answer.body, lastModifiedDateTime: before.lastModifiedDateTime }).toEqual({ ...before });
  });

  it('read-only scalars on create', async () => {
    const junk = { id: '00000000-0000-0000-0000-000000000001', version: 99, createdDateTime: '2001-01-01T00:00:00Z' };
    const answer = await send('POST hw', { body: hardwareBody(junk) });
    expect(answer).toMatchObject({ status: 201, body: { version: 1, createdDateTime: '2026-06-01T12:00:00.000Z' } });
    expect(answer.body.id).not.toBe(junk.id);
  });

  it('an @odata.type in another case, with and without #', async () => {
    for (const type of ['#microsoft.graph.HardwareConfiguration', 'microsoft.graph.hardwareconfiguration'])
      expect((await send('PATCH {h}', { body: { '@odata.type': type } })).status).toBe(200);
  });
});
