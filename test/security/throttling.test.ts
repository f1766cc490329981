import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Counted, createThrottle, type Limit, limitGroupOf, SERVICE_LIMITS, sharesOf } from '../../src/api/request/throttle.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { runServer, type TestServer } from '../support/running-server.ts';
import { createdPath, HARDWARE, hardwareBody, SCRIPTS } from '../support/sample-bodies.ts';

/** Throttling: limits that are never exceeded, refusals that say when to come back, and clients that are let in when they do. */

/** Small enough to reach, of the same kinds as the real ones. */
const LIMITS: readonly Limit[] = [
  { group: 'all', counts: 'any', per: 'application', requests: 12, seconds: 3 },
  { group: 'intuneDevices', counts: 'writes', per: 'application and tenant', requests: 2, seconds: 5 },
  { group: 'intuneDevices', counts: 'writes', per: 'tenant', requests: 3, seconds: 5 },
  { group: 'intuneDevices', counts: 'any', per: 'application and tenant', requests: 5, seconds: 5 },
  { group: 'deviceConfiguration', counts: 'any', per: 'tenant', requests: 4, seconds: 7 },
];

interface Asked extends Counted {
  readonly tenantId: string;
  readonly clientId: string;
  /** Milliseconds since the one before. */
  readonly pause: number;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  tenantId: fc.constantFrom('t1', 't2'),
  clientId: fc.constantFrom('a1', 'a2'),
  group: fc.constantFrom('intuneDevices' as const, 'deviceConfiguration' as const, 'other' as const),
  isWrite: fc.boolean(),
  pause: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 8000 })),
});

/** Whether a limit counts a request, and together with which others. */
const bucket = (limit: Limit, { tenantId, clientId, group, isWrite }: Asked): string | undefined => {
  if ((limit.group !== 'all' && limit.group !== group) || (limit.counts === 'writes' && !isWrite)) return undefined;
  return { application: clientId, tenant: tenantId, 'application and tenant': `${clientId} ${tenantId}` }[limit.per];
};

/** @returns seconds to wait, 0 when it was admitted */
function ask(throttle: ReturnType<typeof createThrottle>, request: Asked): number {
  try {
    throttle.admit(request, request);
    return 0;
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    const { code, headers } = error as AppError;
    expect([code, headers?.['retry-after']]).toEqual(['tooManyRequests', expect.stringMatching(/^[1-9]\d*$/)]);
    return Number(headers!['retry-after']);
  }
}

const createMany = ({ url, token }: TestServer, count: number): Promise<Response[]> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const create = () =>
    fetch(`${url}/beta/deviceManagement/hardwareConfigurations`, { method: 'POST', headers, body: JSON.stringify(hardwareBody()) });
  return Promise.all(Array.from({ length: count }, create));
};

describe('a throttle', () => {
  it('admits what no limit forbids and nothing else, in any window', () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 150 }), (requests) => {
        const clock = new FakeClock();
        const throttle = createThrottle(clock, LIMITS);
        const admitted: (Asked & { readonly at: number })[] = [];
        for (const request of requests) {
          clock.advance(request.pause);
          const isFull = LIMITS.some((limit) => {
            const own = bucket(limit, request);
            const counted = admitted.filter((a) => bucket(limit, a) === own && clock.now() - a.at < limit.seconds * 1000);
            return own !== undefined && counted.length >= limit.requests;
          });
          expect(ask(throttle, request) > 0).toBe(isFull);
          if (!isFull) admitted.push({ ...request, at: clock.now() });
        }
        for (const limit of LIMITS) {
          for (const first of admitted) {
            const own = bucket(limit, first);
            const window = admitted.filter((a) => bucket(limit, a) === own && a.at >= first.at && a.at < first.at + limit.seconds * 1000);
            if (own !== undefined) expect(window.length).toBeLessThanOrEqual(limit.requests);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('admits a client that waits as long as it is told, and not a second earlier than need be', () => {
    fc.assert(
      fc.property(fc.array(asked, { minLength: 1, maxLength: 100 }), asked, (before, request) => {
        const clock = new FakeClock();
        const throttle = createThrottle(clock, LIMITS);
        for (const earlier of before) {
          clock.advance(earlier.pause);
          ask(throttle, earlier);
        }
        const wait = ask(throttle, request);
        if (wait === 0) return;
        clock.advance((wait - 1) * 1000);
        expect(ask(throttle, request)).toBe(1);
        clock.advance(1000);
        expect(ask(throttle, request)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('does not lock anybody out when the clock is set back', () => {
    const clock = new FakeClock();
    const throttle = createThrottle(clock, LIMITS);
    const request: Asked = { tenantId: 't', clientId: 'a', group: 'intuneDevices', isWrite: true, pause: 0 };
    while (ask(throttle, request) === 0) clock.advance(1);
    clock.advance(-3_600_000);
    expect(ask(throttle, request)).toBe(0);
  });

  it('forgets callers that are silent', () => {
    const clock = new FakeClock();
    const throttle = createThrottle(clock, LIMITS);
    const before = process.memoryUsage().heapUsed;
    for (let caller = 0; caller < 200_000; caller++) {
      clock.advance(50);
      throttle.admit({ tenantId: `t${caller}`, clientId: `a${caller}` }, { group: 'intuneDevices', isWrite: true });
    }
    globalThis.gc?.();
    // 200,000 callers would hold 800,000 entries, some 200 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });
});

it.each([
  [['deviceManagement'], 'deviceConfiguration'],
  [['deviceManagement', 'hardwareConfigurations', 'deviceRunStates'], 'deviceConfiguration'],
  [['deviceManagement', 'roleScopeTags'], 'deviceConfiguration'],
  [['deviceManagement', 'deviceManagementScripts', 'userRunStates'], 'intuneDevices'],
  [['deviceManagement', 'managedDevices'], 'intuneDevices'],
  [['users'], 'other'],
] as const)('%j is counted in the group %s', (names, group) => expect(limitGroupOf(names)).toBe(group));

it('the limits are those of the documentation', () => {
  expect(new Set(SERVICE_LIMITS.map(({ group, counts, per }) => `${group} ${counts} ${per}`)).size).toBe(SERVICE_LIMITS.length);
  const of = (group: string) => SERVICE_LIMITS.filter((limit) => limit.group === group).map(({ requests }) => requests);
  expect([of('all'), of('intuneDevices'), of('deviceConfiguration')]).toEqual([[130_000], [200, 400, 2000, 4000], [100, 200, 1000, 2000]]);
});

describe('over HTTP', () => {
  let api: InProcessApi;
  beforeAll(async () => {
    api = await startInProcessApi({ limits: LIMITS });
  });
  afterAll(() => api.close());

  it('too much is 429 with Retry-After, has no effect, and goes through later', async () => {
    const token = await api.token({ tenantId: '10000000-0000-4000-8000-000000000001' });
    const post = () => api.request('POST', SCRIPTS, { token, body: { displayName: 'x', fileName: 'x.ps1', scriptContent: 'eA==' } });
    expect([(await post()).status, (await post()).status]).toEqual([201, 201]);
    const refused = await post();
    expectRefusal(refused, { status: 429, code: 'tooManyRequests', target: null, says: /More than 2 writes in 5 s .* Wait 5 s/ });
    expect([refused.body.error.code, refused.headers['retry-after']]).toEqual(['TooManyRequests', '5']);
    expect((await api.request('GET', `${SCRIPTS}/$count`, { token })).text).toBe('2');
    api.clock.advance(5000);
    expect((await post()).status).toBe(201);
  });

  it('another tenant, another group and a caller without permission each have their own', async () => {
    const [one, two] = await Promise.all(['2', '3'].map((n) => api.token({ tenantId: `${n}0000000-0000-4000-8000-000000000001` })));
    api.clock.advance(60_000);
    const get = (path: string, token: string) => api.request('GET', path, { token });
    for (let i = 0; i < 4; i++) expect((await get(HARDWARE, one!)).status).toBe(200);
    expect((await get(HARDWARE, one!)).status).toBe(429);
    expect((await get(HARDWARE, two!)).status).toBe(200);
    expect((await get('users', one!)).status).toBe(200);
    expect((await api.request('GET', HARDWARE, { token: null })).status).toBe(401);
    expect((await get('/beta/$metadata', one!)).status).toBe(200);
  });

  it('is off unless asked for', async () => {
    const free = await startInProcessApi();
    const path = await createdPath(free, HARDWARE, hardwareBody());
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => free.request('PATCH', path, { body: { description: `${i}` } })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await free.close();
  });

  it('a server that was started with it keeps to the documented limits', async () => {
    const server = await runServer({ throttling: 'yes' });
    const answers = await createMany(server, 110);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(100);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
    await server.stop();
  });

  it('one of several servers admits its part of them, rounded down', async () => {
    const server = await runServer({ throttling: 'yes', throttlingServers: '3' });
    const answers = await createMany(server, 40);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(33);
    await server.stop();
    expect(sharesOf(LIMITS, 100).map(({ requests }) => requests)).toEqual(LIMITS.map(() => 1));
  });
});
