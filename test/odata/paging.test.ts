import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, groupBody, HARDWARE, hardwareBody, rowsOf } from '../support/sample-bodies.ts';

/** Pages put together are the whole, in order, whatever is written meanwhile; a link is of use to nobody else and for nothing else. */

const ORIGIN = 'http://localhost:8080';

interface Page {
  readonly value: readonly { readonly id: string; readonly [name: string]: unknown }[];
  readonly '@odata.nextLink'?: string;
}

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

const newPolicy = async (): Promise<string> => `${HARDWARE}/${(await created(api, HARDWARE, hardwareBody())).id}`;

async function page(path: string, token?: string): Promise<Page> {
  const answer = await api.request('GET', path, token === undefined ? {} : { token });
  expect(answer.status, `${path}: ${answer.text}`).toBe(200);
  return answer.body;
}

/** Follows next links to the end. @param between runs before every page but the first */
async function pages(path: string, between?: () => Promise<void>): Promise<readonly Page[]> {
  const all = [await page(path)];
  const links = new Set<string>();
  for (let link = all[0]!['@odata.nextLink']; link !== undefined; link = all.at(-1)!['@odata.nextLink']) {
    expect(links).not.toContain(link);
    links.add(link);
    await between?.();
    all.push(await page(link.slice(ORIGIN.length)));
  }
  return all;
}

const rows = (all: readonly Page[]) => all.flatMap(({ value }) => value);

const state = fc.record({
  deviceName: fc.option(fc.constantFrom('a', 'B', 'c', 'ä', '😀', '', 'a a')),
  upn: fc.option(fc.constantFrom('x@example.com', 'y@example.com')),
  internalVersion: fc.integer({ min: -2, max: 2 }),
  configurationState: fc.constantFrom('unknown', 'success', 'fail', 'scriptError', 'pending', 'notApplicable'),
  lastStateUpdateDateTime: fc.constantFrom(
    '2017-01-01T00:02:58.4418045-08:00',
    '2017-01-01T08:02:58.4418045Z',
    '2017-01-01T08:02:58.4418046Z',
    '2026-01-01T00:00:00+14:00',
  ),
});

const ORDERS = [
  'deviceName',
  'upn',
  'internalVersion',
  'configurationState',
  'lastStateUpdateDateTime',
  'id',
  'length(deviceName)',
  'internalVersion mul -1',
  'upn eq null',
  'year(lastStateUpdateDateTime)',
];
const order = fc
  .array(fc.tuple(fc.constantFrom(...ORDERS), fc.constantFrom('', ' asc', ' desc')), { maxLength: 3 })
  .map((items) => items.map(([name, direction]) => `${name}${direction}`).join(','));
const filter = fc.constantFrom(
  '',
  'upn ne null',
  'internalVersion gt 0',
  "deviceName eq 'a' or configurationState eq 'fail'",
  "contains(deviceName,'a')",
  'false',
);

const query = (options: Readonly<Record<string, string | number>>): string =>
  Object.entries(options)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');

describe('pages', () => {
  it('hold each row exactly once and in order, like one long page', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 1, maxLength: 14 }),
        fc.array(fc.record({ order, filter, top: fc.integer({ min: 1, max: 5 }), skip: fc.integer({ min: 0, max: 3 }) }), {
          minLength: 6,
          maxLength: 6,
        }),
        async (given, queries) => {
          const path = `${await newPolicy()}/deviceRunStates`;
          for (const body of given) await created(api, path, body);
          for (const { order: $orderby, filter: $filter, top: $top, skip: $skip } of queries) {
            const whole = await page(`${path}?${query({ $orderby, $filter, $skip })}`);
            const parts = await pages(`${path}?${query({ $orderby, $filter, $top, $skip })}`);
            expect(rows(parts)).toEqual(whole.value);
            expect(parts.slice(0, -1).every(({ value }) => value.length === $top)).toBe(true);
            expect(parts.length).toBe(Math.max(1, Math.ceil(whole.value.length / $top)));
          }
        },
      ),
      { numRuns: propertyRuns(30) },
    ));

  it('lose and repeat no surviving row while others are written and deleted', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 4, maxLength: 12 }),
        order,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.tuple(state, fc.nat()), { maxLength: 12 }),
        async (...scenario) => {
          const [given, $orderby, $top, changes] = scenario;
          const path = `${await newPolicy()}/deviceRunStates`;
          const ids = new Set<string>();
          for (const body of given) ids.add((await created(api, path, body)).id);
          const survivors = new Set(ids);
          const left = [...changes];
          const seen = rows(
            await pages(`${path}?${query({ $orderby, $top })}`, async () => {
              const change = left.shift();
              if (change === undefined) return;
              await created(api, path, change[0]);
              const victim = [...survivors][change[1] % survivors.size]!;
              if (survivors.size > 1 && survivors.delete(victim)) await api.request('DELETE', `${path}/${victim}`);
            }),
          ).map(({ id }) => id);
          expect(new Set(seen).size).toBe(seen.length);
          for (const id of survivors) expect(seen).toContain(id);
          const now = (await page(`${path}?${query({ $orderby })}`)).value.map(({ id }) => id);
          expect(seen.filter((id) => now.includes(id))).toEqual(now.filter((id) => seen.includes(id)));
        },
      ),
      { numRuns: propertyRuns(30) },
    ));
});

describe('next links', () => {
  let path: string;
  beforeAll(async () => {
    path = `${await newPolicy()}/deviceRunStates`;
    for (const deviceName of ['A', 'B', 'C', 'D', 'E']) await created(api, path, { deviceName });
  });

  const linkOf = async (options: string, on = path): Promise<string> => (await page(`${on}?${options}`))['@odata.nextLink']!;

  it.each([
    '$top=2',
    '$top=2&$orderby=deviceName%20desc',
    "$filter=deviceName%20ne%20'B'&$top=2&$select=deviceName&$count=true",
    'top=2&orderby=deviceName',
    '$top=2&$filter=deviceName%20ne%20@n&@n=%27C%27',
    '$top=2&custom=x',
    '$top=2&$skip=1',
    '$format=application/json%3Bodata.metadata%3Dnone&$top=2',
  ])('are absolute and repeat all options: %s', async (options) => {
    const link = await linkOf(options);
    expect(link).toMatch(/^http:\/\/localhost:8080\/beta\//);
    expect(link.startsWith(`${ORIGIN}/beta/${path}?${options}&$skiptoken=`)).toBe(true);
    expect(link.match(/skiptoken=/g)).toHaveLength(1);
    const second = await page(link.slice(ORIGIN.length));
    expect(second['@odata.nextLink']?.match(/skiptoken=/g) ?? ['one']).toHaveLength(1);
  });

  it('keep the form of the path, and the encoded form of the token works too', async () => {
    const upper = `${path.replace('deviceManagement', 'DEVICEMANAGEMENT')}/`;
    const link = await linkOf('$top=2', upper);
    expect(link.startsWith(`${ORIGIN}/beta/${upper}?`)).toBe(true);
    const [base, token] = link.split('$skiptoken=') as [string, string];
    const encoded = `${base}%24skiptoken=${encodeURIComponent(token)}`.slice(ORIGIN.length);
    expect(rows([await page(encoded)]).map(({ deviceName }) => deviceName)).toEqual(['C', 'D']);
  });

  it('are absent, not null, on the last page', async () => {
    for (const options of ['', '?$top=5', '?$top=6', '?$top=0', '?$filter=false'])
      expect(await page(`${path}${options}`)).not.toHaveProperty(['@odata.nextLink']);
  });

  it('apply $skip once', async () => {
    const all = await pages(`${path}?$skip=1&$top=2`);
    expect(all.map(({ value }) => value.map(({ deviceName }) => deviceName).join(''))).toEqual(['BC', 'DE']);
  });

  const tampered = (link: string, at: number): string => {
    const [base, token] = link.split('$skiptoken=') as [string, string];
    const bytes = Buffer.from(token, 'base64url');
    bytes[at % bytes.length]! ^= 1;
    return `${base}$skiptoken=${bytes.toString('base64url')}`;
  };

  const refused = async (link: string, token?: string): Promise<void> => {
    const answer = await api.request('GET', link.replace(ORIGIN, ''), token === undefined ? {} : { token });
    expectRefusal(answer, { status: 400, code: 'invalidSkipToken' });
  };

  it('cannot be changed anywhere', async () => {
    const link = await linkOf('$top=2&$orderby=deviceName');
    const length = Buffer.from(link.split('$skiptoken=')[1]!, 'base64url').length;
    for (let at = 0; at < length; at++) await refused(tampered(link, at));
    for (const token of ['x', '%20', 'AAAA', '%F0%9F%98%80', 'A'.repeat(5000)]) await refused(`/beta/${path}?$top=2&$skiptoken=${token}`);
  });

  it('belong to one query, one collection and one tenant', async () => {
    const link = await linkOf('$top=2&$orderby=deviceName');
    await refused(link.replace('$top=2', '$top=3'));
    await refused(link.replace('deviceName', 'deviceName%20desc'));
    await refused(link.replace('$skiptoken', '$filter=true&$skiptoken'));
    await refused((await linkOf('$top=2')).replace('deviceRunStates', 'userRunStates'));
    const other = `${await newPolicy()}/deviceRunStates`;
    await refused(link.replace(path, other));
    await refused(link, await api.token({ tenantId: uuidV4() }));
    expect(await page(link.replace(ORIGIN, ''), await api.token())).toHaveProperty('value');
  });

  it('of members of groups work the same way', async () => {
    const group = await created(api, 'groups', groupBody());
    for (const name of ['a', 'b', 'c']) {
      const user = await created(api, 'users', { userPrincipalName: `${name}@example.com` });
      const added = await api.request('POST', `groups/${group.id}/members/$ref`, {
        body: { '@odata.id': `${ORIGIN}/beta/users/${user.id}` },
      });
      expect(added.status, added.text).toBe(204);
    }
    for (const kind of ['members', 'members/$ref']) {
      const all = await pages(`groups/${group.id}/${kind}?$top=2`);
      expect(all.map(({ value }) => value.length)).toEqual([2, 1]);
      await refused(tampered(all[0]!['@odata.nextLink']!, 3));
    }
  });
});

describe('page sizes', () => {
  let path: string;
  beforeAll(async () => {
    path = `${await newPolicy()}/deviceRunStates`;
    for (let done = 0; done < 1101; done += 1) await created(api, path, { internalVersion: done });
  });

  it('100 unless told otherwise, and 1,000 at most: a larger $top comes in several pages', async () => {
    expect((await page(path)).value).toHaveLength(100);
    expect((await page(`${path}?$top=999`)).value).toHaveLength(999);
    for (const $top of [1000, 1001, 2147483647]) {
      const all = await pages(`${path}?$top=${$top}`);
      expect(all.map(({ value }) => value.length)).toEqual([1000, 101]);
      expect(new Set(rows(all).map(({ id }) => id)).size).toBe(1101);
    }
  });

  it('a count is of all rows', async () => expect(await page(`${path}?$count=true&$top=1`)).toMatchObject({ '@odata.count': 1101 }));

  it('expanded collections follow the same rule', async () => {
    const { body } = await api.request('GET', `${path.replace('/deviceRunStates', '')}?$expand=deviceRunStates`);
    expect(body.deviceRunStates).toHaveLength(100);
    expect(await rowsOf(api, body['deviceRunStates@odata.nextLink'].slice(ORIGIN.length))).toHaveLength(100);
  });
});
