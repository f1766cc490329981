import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/lib/clock.ts';
import type { Store } from '../../src/store/contract.ts';
import { HEALTH, newScript } from '../support/health-fixtures.ts';
import { type InProcessApi, startInProcessApi, type TestAnswer } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { created, createdPath, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { openPlainTestStore } from '../support/test-store.ts';

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

  describe('B12 one that is impossible', () => {
    const COUNT = 200;
    const missing = 'https://any.example/beta/deviceManagement/managedDevices/00000000-0000-4000-8000-000000000000';

    let plain: Store;
    afterAll(() => plain.close());
    let api: InProcessApi;
    /** How often work was given a transaction. */
    let runs = 0;
    beforeAll(async () => {
      plain = await openPlainTestStore(undefined, new FakeClock(Date.UTC(2026, 5, 1, 12)));
      const store: Store = {
        read: (tenantId, work) => plain.read(tenantId, work),
        write: (tenantId, work) => plain.write(tenantId, counted(work)),
        append: (tenantId, { work, ...rest }) => plain.append(tenantId, { ...rest, work: counted(work) }),
        close: async () => undefined,
      };
      api = await startInProcessApi({ store });
    });
    const counted =
      <A extends readonly unknown[], T>(work: (...args: A) => T) =>
      (...args: A): T => {
        runs++;
        return work(...args);
      };

    /** Sends what is possible with something that is not in the middle. */
    const sendWith = async (path: string, possible: (index: number) => object, impossible: object) => {
      const bodies = Array.from({ length: COUNT }, (_, i) => (i === COUNT / 2 ? impossible : possible(i)));
      runs = 0;
      return { result: await Promise.all(bodies.map((body) => api.request('POST', path, { body }))), runs };
    };

    const device = (userPrincipalName = 'ada@x') =>
      created(api, 'deviceManagement/managedDevices', { deviceName: 'PC', userPrincipalName });
    const bound = ({ id }: { readonly id: string }) => ({
      'managedDevice@odata.bind': `https://x/beta/deviceManagement/managedDevices/${id}`,
    });

    it.each([
      ['names a device that there is not', SCRIPTS, scriptBody(), { 'managedDevice@odata.bind': missing }, 400, 'managedDevice'],
      ['names no device', SCRIPTS, scriptBody(), { 'managedDevice@odata.bind': 'x y' }, 400, undefined],
      ['names another policy', HARDWARE, hardwareBody(), { policyId: 'other' }, 400, 'policyId'],
      ['names a device that there is not', HEALTH.root, HEALTH.body, { 'managedDevice@odata.bind': missing }, 400, 'managedDevice'],
    ] as const)('B12 %s: it costs the others of %s no transaction', async (...[, root, body, impossible, status, target]) => {
      const path = `${await createdPath(api, root, body)}/deviceRunStates`;
      const { result, runs } = await sendWith(path, () => ({}), impossible);
      expect(result.map((answer) => answer.status)).toEqual(Array.from({ length: COUNT }, (_, i) => (i === COUNT / 2 ? status : 201)));
      if (target !== undefined) expect(result[COUNT / 2]!.body.error.target).toBe(target);
      expect(await rowsOf(api, `${path}?$top=1000`)).toHaveLength(COUNT - 1);
      // As many as without it. States of health scripts change others, so that each has a run of its own.
      expect(runs).toBeLessThanOrEqual(root === HEALTH.root ? COUNT : 4);
    });

    it('B12 is of another user than the path says, or there is no policy at all', async () => {
      const policy = await createdPath(api, SCRIPTS, scriptBody());
      const { id } = await created(api, `${policy}/userRunStates`, { userPrincipalName: 'ada@x' });
      const path = `${policy}/userRunStates/${id}/deviceRunStates`;
      const ada = bound(await device());
      const others = await sendWith(path, () => ada, bound(await device('bob@x')));
      expect(others.result.filter(({ status }) => status === 201)).toHaveLength(COUNT - 1);
      expect(others.result[COUNT / 2]!.status).toBe(400);
      expect(others.runs).toBeLessThanOrEqual(4);
      const none = await sendWith(`${SCRIPTS}/00000000-0000-4000-8000-000000000000/deviceRunStates`, () => ({}), {});
      expect(none.result.map(({ status }) => status)).toEqual(Array.from({ length: COUNT }, () => 404));
      expect(none.runs).toBeLessThanOrEqual(4);
    });

    it('B12 is a second state of its device: found before anything is written', async () => {
      const { path } = await newScript(api, HEALTH);
      const [first, twice] = [bound(await device()), bound(await device())];
      await created(api, `${path}/deviceRunStates`, first);
      const known = await sendWith(`${path}/deviceRunStates`, () => ({}), first);
      expect(known.result.filter(({ status }) => status === 201)).toHaveLength(COUNT - 1);
      expect([known.result[COUNT / 2]!.status, known.result[COUNT / 2]!.body.error.target]).toEqual([409, 'managedDevice']);
      expect(known.runs).toBe(COUNT);
      // Neither is there before.
      const unknown = await sendWith(`${path}/deviceRunStates`, (i) => (i === COUNT / 2 + 1 ? twice : {}), twice);
      const statuses = unknown.result.map(({ status }) => status);
      expect(statuses.toSorted()).toEqual([...Array.from({ length: COUNT - 1 }, () => 201), 409]);
      expect([statuses[COUNT / 2], statuses[COUNT / 2 + 1]].toSorted()).toEqual([201, 409]);
      expect(unknown.runs).toBe(COUNT);
    });
  });

  it('are refused one by one where there is no policy', async () => {
    const answers = await send(`${HARDWARE}/00000000-0000-4000-8000-000000000000/deviceRunStates`, [{}, {}]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]!.headers['request-id']).not.toBe(answers[1]!.headers['request-id']);
  });
});
