import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpHeaders } from '../../src/lib/http.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { repeatableAnswer } from '../../src/model/internal.ts';
import { sweep } from '../../src/server/jobs/hourly-sweep.ts';
import { type InProcessApi, type RequestOptions, startInProcessApi, type TestAnswer } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, createdPath, groupBody, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Writes that are sent again by clients who have seen no answer. */

const HOUR = 3_600_000;

let api: InProcessApi;

beforeAll(async () => {
  api = await startInProcessApi();
});

afterAll(() => api.close());

/** Headers of a request that is new unless an id is given. */
const repeatable = (id: string = uuidV4(), sentHoursAgo = 0): HttpHeaders => ({
  'repeatability-request-id': id,
  'repeatability-first-sent': new Date(api.clock.now() - sentHoursAgo * HOUR).toUTCString(),
});

/** What must be the same of every answer to the same request. */
function essence({ status, headers, text }: TestAnswer): object {
  const { 'request-id': _, ...others } = headers;
  return { status, headers: others, text };
}

/** Sends a request twice. @returns the first answer, to which the second was equal */
async function twice(method: string, path: string, options: RequestOptions = {}): Promise<TestAnswer> {
  const request = { ...options, headers: { ...repeatable(), ...options.headers } };
  const first = await api.request(method, path, request);
  expect(first.headers['repeatability-result']).toBe('accepted');
  const second = await api.request(method, path, request);
  expect(essence(second)).toEqual(essence(first));
  expect(second.headers['request-id']).not.toBe(first.headers['request-id']);
  return first;
}

const answersKept = (tenantId = api.tenantId): Promise<number> =>
  api.store.read(tenantId, (reader) => reader.count({ from: repeatableAnswer, scope: {} }));

describe('a write that is repeated', () => {
  it('creates one entity', async () => {
    const answer = await twice('POST', SCRIPTS, { body: scriptBody({ displayName: 'once' }) });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: expect.stringContaining('/beta/'), etag: expect.stringMatching(/^W\//) });
    expect(await rowsOf(api, `${SCRIPTS}?$filter=displayName%20eq%20'once'`)).toHaveLength(1);
  });

  it('changes, counts, assigns, refers and deletes once, and is answered as the first time', async () => {
    const path = await createdPath(api, HARDWARE, hardwareBody());
    const state = { deviceName: 'D', upn: 'ada@contoso.com', internalVersion: 1, configurationState: 'success' };
    expect((await twice('POST', `${path}/deviceRunStates`, { body: state })).status).toBe(201);
    expect((await api.request('GET', `${path}/runSummary`)).body.successfulDeviceCount).toBe(1);

    const patched = await twice('PATCH', path, { body: { fileName: 'other.cctk' } });
    expect(patched).toMatchObject({ status: 200, body: { version: 2 } });
    // A condition that held the first time does not have to hold again.
    const guarded = { body: { description: 'y' }, headers: { 'if-match': patched.headers.etag! } };
    expect((await twice('PATCH', path, guarded)).status).toBe(200);
    expect((await api.request('PATCH', path, guarded)).status).toBe(412);

    const group = await created(api, 'groups', groupBody({ displayName: 'g' }));
    const user = await created(api, 'users', { displayName: 'u' });
    const target = { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: group.id };
    const assigned = await twice('POST', `${path}/assign`, { body: { hardwareConfigurationAssignments: [{ target }] } });
    expect(assigned).toMatchObject({ status: 200, body: { value: [{ target }] } });
    expect((await twice('POST', `groups/${group.id}/members/$ref`, { body: { '@odata.id': `users/${user.id}` } })).status).toBe(204);
    expect((await twice('DELETE', `groups/${group.id}/members/${user.id}/$ref`)).status).toBe(204);

    expect((await twice('DELETE', path)).status).toBe(204);
    expectRefusal(await api.request('DELETE', path), { status: 404, code: 'notFound' });
  });

  it('runs once, however many repeats arrive together', async () => {
    const request = { body: groupBody({ displayName: 'concurrent' }), headers: repeatable() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.request('POST', 'groups', request)));
    expect(new Set(answers.map((answer) => JSON.stringify(essence(answer)))).size).toBe(1);
    expect((await rowsOf(api, 'groups')).filter(({ displayName }) => displayName === 'concurrent')).toHaveLength(1);
  });

  it('runs once in any order with others, alone or in batches', async () => {
    const sends = fc.array(fc.record({ which: fc.nat(4), batched: fc.boolean() }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sends, async (order) => {
        const token = await api.token({ tenantId: uuidV4() });
        const headers = Array.from({ length: 5 }, () => repeatable());
        const bodies = Array.from({ length: 5 }, (_, which) => groupBody({ displayName: `g${which}` }));
        const batch = order.flatMap(({ which, batched }, id) =>
          batched
            ? [
                {
                  id,
                  method: 'POST',
                  url: '/groups',
                  headers: { 'Content-Type': 'application/json', ...headers[which] },
                  body: bodies[which],
                },
              ]
            : [],
        );
        const sent = order.filter(({ batched }) => !batched);
        const [batchAnswer, ...alone] = await Promise.all([
          batch.length === 0 ? undefined : api.request('POST', '$batch', { token, body: { requests: batch } }),
          ...sent.map(({ which }) => api.request('POST', '/beta/groups', { token, headers: headers[which]!, body: bodies[which] })),
        ]);
        const ids = new Map<number, Set<unknown>>();
        const note = (which: number, { id }: { readonly id?: unknown }): void => {
          ids.set(which, (ids.get(which) ?? new Set()).add(id));
        };
        for (const [index, answer] of alone.entries()) note(sent[index]!.which, answer!.body);
        for (const { id, body } of batchAnswer?.body.responses ?? []) note(order[id]!.which, body);
        const rows = await rowsOf(api, 'groups', token);
        const wanted = new Set(order.map(({ which }) => which));
        expect(rows.map(({ displayName }) => displayName).sort()).toEqual([...wanted].map((which) => `g${which}`).sort());
        for (const which of wanted) expect([...ids.get(which)!]).toEqual([rows.find(({ displayName }) => displayName === `g${which}`)!.id]);
      }),
      { numRuns: propertyRuns(40) },
    );
  });

  it('is known after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-repeatability-'));
    try {
      const request = { body: groupBody({ displayName: 'kept' }), headers: repeatable() };
      const before = await startInProcessApi({ folder });
      const first = await before.request('POST', 'groups', request);
      await before.close();
      const after = await startInProcessApi({ folder });
      const token = await after.token({ tenantId: before.tenantId });
      expect(essence(await after.request('POST', 'groups', { ...request, token }))).toEqual(essence(first));
      expect(await rowsOf(after, 'groups', token)).toHaveLength(1);
      await after.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('that failed is done anew, as it has changed nothing', async () => {
    const group = await created(api, 'groups', groupBody({ displayName: 'g' }));
    const user = await created(api, 'users', { displayName: 'u' });
    const add = { body: { '@odata.id': `users/${user.id}` }, headers: repeatable() };
    const path = `groups/${group.id}/members`;
    await api.request('POST', `${path}/$ref`, { body: add.body });
    const kept = await answersKept();
    const refused = await api.request('POST', `${path}/$ref`, add);
    expect(refused.status, refused.text).toBeGreaterThanOrEqual(400);
    expect(refused.headers['repeatability-result']).toBe('accepted');
    expect(await answersKept()).toBe(kept);
    await api.request('DELETE', `${path}/${user.id}/$ref`);
    expect((await api.request('POST', `${path}/$ref`, add)).status).toBe(204);
    expect(await answersKept()).toBe(kept + 1);
  });

  it('needs its permissions again', async () => {
    const request = { body: groupBody({ displayName: 'g' }), headers: repeatable() };
    expect((await api.request('POST', 'groups', request)).status).toBe(201);
    const token = await api.token({ roles: ['Group.Read.All'] });
    expectRefusal(await api.request('POST', 'groups', { ...request, token }), { status: 403, code: 'insufficientScope' });
  });
});

describe('an id', () => {
  const rejected = (answer: TestAnswer, refusal: Parameters<typeof expectRefusal>[1]): void => {
    expectRefusal(answer, refusal);
    expect(answer.headers['repeatability-result']).toBe('rejected');
  };

  it('belongs to one request', async () => {
    const headers = repeatable();
    const body = groupBody({ displayName: 'first' });
    const first = await api.request('POST', 'groups', { body, headers });
    const conflict = { status: 412, code: 'repeatabilityRejected', target: 'Repeatability-Request-ID' } as const;
    rejected(await api.request('POST', 'groups', { body: groupBody({ displayName: 'second' }), headers }), conflict);
    rejected(await api.request('POST', 'users', { body: { displayName: 'first' }, headers }), conflict);
    rejected(await api.request('PATCH', `groups/${first.body.id}`, { body, headers }), conflict);
    rejected(
      await api.request('POST', 'groups', { body, headers: { ...headers, ...repeatable(headers['repeatability-request-id'], 1) } }),
      conflict,
    );
    expect(essence(await api.request('POST', 'groups', { body, headers }))).toEqual(essence(first));
  });

  it('is one of its tenant, application, user and client alone', async () => {
    const headers = repeatable();
    const body = groupBody({ displayName: 'mine' });
    const user = { scopes: ['Group.ReadWrite.All'] };
    const tokens = await Promise.all([
      api.token(),
      api.token({ tenantId: uuidV4() }),
      api.token({ ...user, userPrincipalName: 'ada@contoso.com' }),
      api.token({ ...user, userPrincipalName: 'bob@contoso.com' }),
    ]);
    const answers = await Promise.all([
      ...tokens.map((token) => api.request('POST', 'groups', { token, body, headers })),
      api.request('POST', 'groups', { body, headers: { ...headers, 'repeatability-client-id': 'other' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
    expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(5);
  });

  it('must come with the time when it was first sent: in the last day, and not in the future', async () => {
    const body = groupBody({ displayName: 'timely' });
    const send = (headers: HttpHeaders) => api.request('POST', 'groups', { body, headers });
    const late = { status: 412, code: 'repeatabilityRejected', target: 'Repeatability-First-Sent' } as const;
    rejected(await send(repeatable(uuidV4(), 24)), late);
    rejected(await send(repeatable(uuidV4(), -0.1)), late);
    rejected(await send({ 'repeatability-request-id': 'a' }), { status: 400, code: 'invalidHeader', target: 'Repeatability-First-Sent' });
    rejected(await send({ ...repeatable(), 'repeatability-first-sent': 'yesterday' }), { status: 400, code: 'invalidHeader' });
    expect((await rowsOf(api, 'groups')).some(({ displayName }) => displayName === 'timely')).toBe(false);
    expect((await send(repeatable(uuidV4(), 23.9))).status).toBe(201);
    expect((await send(repeatable(uuidV4(), -0.05))).status).toBe(201);
  });

  it('means nothing on a read, which may be repeated anyway', async () => {
    const answer = await api.request('GET', 'groups', { headers: repeatable() });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('repeatability-result');
  });
});

describe('the sweep', () => {
  it('forgets what nobody may repeat any more, and nothing else, while requests go on', async () => {
    const lifetimeSeconds = 2 * 86_400;
    const token = await api.token({ tenantId: uuidV4(), lifetimeSeconds });
    const send = (headers: HttpHeaders) => api.request('POST', 'groups', { token, body: groupBody({ displayName: 'g' }), headers });
    const tenantId = uuidV4();
    const others = await api.token({ tenantId, lifetimeSeconds });
    const old = repeatable();
    await Promise.all(
      [old, ...Array.from({ length: 450 }, () => repeatable())].map((headers) =>
        api.request('POST', 'groups', { token: others, body: groupBody(), headers }),
      ),
    );
    expect(await answersKept(tenantId)).toBe(451);
    api.clock.advance(23 * HOUR);
    await sweep({ ...api, auditDays: 365 });
    expect(await answersKept(tenantId)).toBe(451);
    const young = repeatable();
    await api.request('POST', 'groups', { token: others, body: groupBody(), headers: young });
    api.clock.advance(HOUR);
    // What has expired does not stand in the way of a new request with its id, swept or not.
    const again = repeatable(old['repeatability-request-id']);
    expect((await api.request('POST', 'groups', { token: others, body: groupBody(), headers: again })).status).toBe(201);
    // A5 A server of the same database whose clock is behind takes requests that have expired here.
    await sweep({ ...api, auditDays: 365 });
    expect(await answersKept(tenantId)).toBe(452);
    api.clock.advance(HOUR / 4);
    const [answer] = await Promise.all([send(repeatable()), sweep({ ...api, auditDays: 365 })]);
    expect(answer.status).toBe(201);
    expect(await answersKept(tenantId)).toBe(2);
    expectRefusal(await api.request('POST', 'groups', { token: others, body: groupBody(), headers: old }), {
      status: 412,
      code: 'repeatabilityRejected',
    });
  });
});
