import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi, type TestAnswer } from '../src/testing/in-process-api.ts';
import { propertyRuns } from '../src/testing/property-runs.ts';
import { created, createdPath, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from './sample-bodies.ts';

/** Device states that are sent at the same time are created by one piece of work; each must be answered as if it had come alone. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

const send = (path: string, bodies: readonly object[]): Promise<readonly TestAnswer[]> =>
  Promise.all(bodies.map((body) => api.request('POST', path, { body })));

const state = fc.record({
  deviceName: fc.constantFrom('a', 'b', 'c'),
  upn: fc.option(fc.constantFrom('u1@x', 'U1@X', 'u2@x', ''), { nil: null }),
  configurationState: fc.constantFrom('success', 'fail', 'pending', 'scriptError', 'notApplicable', 'unknown'),
  lastStateUpdateDateTime: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00+05:00', '2026-01-02T00:00:00.5Z'),
});

/** What is counted of a policy. Of a name that is written in several ways one stays, and which that is says the order. */
async function counts(path: string): Promise<object> {
  const { id: _, '@odata.context': __, ...summary } = (await api.request('GET', `${path}/runSummary`)).body;
  const users = await rowsOf(api, `${path}/userRunStates?$orderby=upn`);
  return { summary, users: users.map(({ id: _, upn, ...row }) => ({ ...row, upn: String(upn).toLowerCase() })) };
}

describe('device states that are sent at the same time', () => {
  it('are created, answered and counted as if they had come one after the other', async () => {
    const property = fc.asyncProperty(fc.array(state, { minLength: 1, maxLength: 30 }), async (states) => {
      const together = await createdPath(api, HARDWARE, hardwareBody());
      const apart = await createdPath(api, HARDWARE, hardwareBody());
      const answers = await send(`${together}/deviceRunStates`, states);
      for (const body of states) await created(api, `${apart}/deviceRunStates`, body);
      for (const [index, { status, headers, body }] of answers.entries()) {
        expect({ status, body }).toEqual({ status: 201, body: expect.objectContaining(states[index]!) });
        const read = await api.request('GET', headers.location!.replace(/^.*\/beta\//, ''));
        expect([read.body, read.headers.etag]).toEqual([body, headers.etag]);
      }
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(states.length);
      expect(await counts(together)).toEqual(await counts(apart));
    });
    await fc.assert(property, { numRuns: propertyRuns(40) });
  });

  it('are answered as each of their clients wants it', async () => {
    const path = `${await createdPath(api, HARDWARE, hardwareBody())}/deviceRunStates`;
    const wishes = [
      {},
      { prefer: 'return=minimal' },
      { accept: 'application/json;odata.metadata=none' },
      { accept: 'application/json;odata.metadata=full' },
    ];
    const answers = await Promise.all(wishes.map((headers) => api.request('POST', path, { body: { upn: 'u@x' }, headers })));
    expect(answers.map(({ status }) => status)).toEqual([201, 204, 201, 201]);
    const [plain, , none, full] = answers.map(({ body }) => Object.keys(body ?? {}));
    expect([plain, none, full].map((names) => [names!.includes('@odata.context'), names!.includes('@odata.id')])).toEqual([
      [true, false],
      [false, false],
      [true, true],
    ]);
    expect(await rowsOf(api, path)).toHaveLength(4);
  });

  it('do not suffer from those that are impossible', async () => {
    const policy = await createdPath(api, SCRIPTS, scriptBody());
    const devices = await Promise.all(
      ['ada@x', 'bob@x'].map((userPrincipalName) =>
        created(api, 'deviceManagement/managedDevices', { deviceName: 'PC', userPrincipalName }),
      ),
    );
    const { id } = await created(api, `${policy}/userRunStates`, { userPrincipalName: 'ada@x' });
    const bound = (device: string) => ({
      'managedDevice@odata.bind': `https://any.example/beta/deviceManagement/managedDevices/${device}`,
    });
    const missing = '00000000-0000-4000-8000-000000000000';
    const answers = await send(`${policy}/userRunStates/${id}/deviceRunStates`, [
      bound(devices[0]!.id),
      bound(devices[1]!.id),
      {},
      bound(missing),
      bound(devices[0]!.id),
    ]);
    expect(answers.map(({ status, body }) => [status, (body as { readonly error?: { readonly target: string } }).error?.target])).toEqual([
      [201, undefined],
      [400, 'managedDevice'],
      [201, undefined],
      [400, 'managedDevice'],
      [201, undefined],
    ]);
    expect(await rowsOf(api, `${policy}/deviceRunStates`)).toHaveLength(3);
  });

  it('are refused one by one where there is no policy', async () => {
    const answers = await send(`${HARDWARE}/00000000-0000-4000-8000-000000000000/deviceRunStates`, [{}, {}]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]!.headers['request-id']).not.toBe(answers[1]!.headers['request-id']);
  });
});
