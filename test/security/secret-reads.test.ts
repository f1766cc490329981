import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { created, rowsOf } from '../support/sample-bodies.ts';

/** Every answer with a secret has its event in the audit log, whatever else the store was doing (SECURITY.md). */

const DETAILS = 'deviceManagement/hardwarePasswordDetails';
const ROUNDS = 12;

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

/** A write that fails after its first change, so that all that shares its commit runs again. */
async function failingWrite(token: string): Promise<() => Promise<unknown>> {
  const send = (path: string, body: object) => api.request('POST', path, { token, body });
  const group = { displayName: 'G', mailEnabled: false, mailNickname: 'g', securityEnabled: true };
  const { id } = (await send('groups', group)).body;
  const user = (await send('users', { displayName: 'U', userPrincipalName: `${uuidV4()}@example.com` })).body;
  const member = { '@odata.id': `http://localhost:8080/beta/directoryObjects/${user.id}` };
  await send(`groups/${id}/members/$ref`, member);
  return async () => {
    const answer = await send(`groups/${id}/members/$ref`, member);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  };
}

/** What reads a secret, and how many events each of its answers must leave. */
const readers: readonly (readonly [string, (id: string) => Promise<{ readonly status: number; readonly text: string }>])[] = [
  ['the entity', (id) => api.request('GET', `${DETAILS}/${id}`)],
  ['a list', () => api.request('GET', DETAILS)],
  ['a property', (id) => api.request('GET', `${DETAILS}/${id}/currentPassword`)],
  ['a bare value', (id) => api.request('GET', `${DETAILS}/${id}/currentPassword/$value`)],
  ['a PATCH that answers with it', (id) => api.request('PATCH', `${DETAILS}/${id}`, { body: { serialNumber: 'S' } })],
  [
    'a batch',
    (id) =>
      api.request('POST', '$batch', {
        body: { requests: [{ id: '1', method: 'GET', url: `/${DETAILS}/${id}` }] },
      }),
  ],
];

it.each(readers)('A1 %s leaves its event beside writes that fail after a change, of its own tenant and of another', async (_, read) => {
  const { id } = await created(api, DETAILS, { serialNumber: 'S', currentPassword: 'Zebra-Quartz-81' });
  const before = await reads();
  const own = await failingWrite(await api.token());
  const foreign = await failingWrite(await api.token({ tenantId: uuidV4() }));
  const answers: Promise<{ readonly status: number; readonly text: string }>[] = [];
  const failing: Promise<unknown>[] = [];
  // Some turns apart, so that events and failures meet in one group of commits in every order.
  for (let round = 0; round < ROUNDS; round++) {
    answers.push(read(id));
    for (let turns = round % 4; turns > 0; turns--) await setImmediate();
    failing.push(own(), foreign());
  }
  await Promise.all(failing);
  for (const { status, text } of await Promise.all(answers)) {
    expect(status).toBe(200);
    expect(text).toContain('Zebra');
  }
  expect((await reads()) - before).toBe(ROUNDS);
});

const reads = async (): Promise<number> =>
  (await rowsOf(api, "deviceManagement/auditEvents?$filter=activityOperationType eq 'Get'&$top=1000")).length;
