import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../src/lib/clock.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { groupBody, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { openPlainTestStore } from '../support/test-store.ts';

/** No answer grows with what clients have stored: pages end early, and the parts of a batch share what a batch may have. */

const MIB = 1024 ** 2;
const ORIGIN = 'http://localhost:8080';
const HEAVY = 'ä'.repeat(0.6 * MIB);
const ROWS = 14;

let api: InProcessApi;
let token: string;
beforeAll(async () => {
  const clock = new FakeClock(Date.UTC(2026, 5, 1, 12));
  api = await startInProcessApi({ store: await openPlainTestStore(undefined, clock) }); // runs nothing twice: rows are heavy
  token = await api.token({ tenantId: uuidV4() });
});
afterAll(() => api.close());

async function send(method: string, path: string, body?: object) {
  const answer = await api.request(method, path, { token, ...(body === undefined ? {} : { body }) });
  expect(answer.status, answer.text.slice(0, 500)).toBeLessThan(300);
  return answer;
}

const create = async (path: string, body: object): Promise<string> => (await send('POST', path, body)).body.id;
const createMany = (path: string, body: (n: number) => object): Promise<string[]> =>
  Promise.all(Array.from({ length: ROWS }, (_, n) => create(path, body(n))));

/** Follows the links of a list. @param most bytes of a page */
async function walk(
  path: string,
  most = 4.2 * MIB + HEAVY.length * 2,
): Promise<{ readonly rows: { id: string }[]; readonly pages: number }> {
  const rows: { id: string }[] = [];
  let pages = 0;
  for (let url: string | undefined = path; url !== undefined; pages++) {
    const answer = await send('GET', url);
    expect(answer.text.length).toBeLessThan(most);
    if (answer.body['@odata.nextLink'] !== undefined) expect(answer.body.value.length).toBeGreaterThan(0);
    rows.push(...answer.body.value);
    url = answer.body['@odata.nextLink']?.slice(ORIGIN.length);
  }
  return { rows, pages };
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();

describe('A3 lists end early', () => {
  it.each([
    '',
    '&$select=id,configurationOutput',
    '&$orderby=deviceName desc',
    '&$count=true',
    "&$filter=startswith(configurationOutput,'ä')",
  ])('device states: $top=1000%s', { timeout: 300_000 }, async (options) => {
    const policy = await create(HARDWARE, hardwareBody());
    const states = `${HARDWARE}/${policy}/deviceRunStates`;
    const ids = await createMany(states, (n) => ({
      deviceName: `D-${n}`,
      internalVersion: 1,
      configurationState: 'success',
      configurationOutput: HEAVY,
    }));
    const { rows, pages } = await walk(`${states}?$top=1000${options}`);
    expect(idsOf(rows)).toEqual([...ids].sort());
    expect(pages).toBeGreaterThan(2);
    const small = await walk(`${states}?$top=1000&$select=deviceName`);
    expect(small.pages).toBe(1);
  });

  it('what is expanded below policies', { timeout: 300_000 }, async () => {
    const scripts = await createMany(SCRIPTS, () => scriptBody());
    for (const script of scripts) {
      for (let n = 0; n < 3; n++) await create(`${SCRIPTS}/${script}/deviceRunStates`, { resultMessage: HEAVY });
    }
    const expanded = await walk(`${SCRIPTS}?$expand=deviceRunStates`, 10 * MIB);
    expect(idsOf(expanded.rows)).toEqual([...scripts].sort());
    const states: string[] = [];
    for (const row of expanded.rows as unknown as { deviceRunStates: { id: string }[]; 'deviceRunStates@odata.nextLink'?: string }[]) {
      states.push(...idsOf(row.deviceRunStates));
      const link = row['deviceRunStates@odata.nextLink'];
      if (link !== undefined) states.push(...idsOf((await walk(link.slice(ORIGIN.length))).rows));
    }
    expect(new Set(states).size).toBe(3 * ROWS);
  });

  it('objects of the directory, which are read from a view', { timeout: 300_000 }, async () => {
    const group = await create('groups', groupBody());
    const members = await createMany('groups', () => groupBody({ description: HEAVY }));
    for (const id of members) await send('POST', `groups/${group}/members/$ref`, { '@odata.id': `${ORIGIN}/beta/directoryObjects/${id}` });
    const { rows, pages } = await walk(`groups/${group}/members?$top=999`);
    expect(idsOf(rows)).toEqual([...members].sort());
    expect(pages).toBeGreaterThan(2);
  });
});

describe('A3 a batch', () => {
  it('shares what it may have among its parts, and tells what is left to ask', { timeout: 300_000 }, async () => {
    const policy = await create(HARDWARE, hardwareBody());
    const states = `${HARDWARE}/${policy}/deviceRunStates`;
    const ids = await createMany(states, (n) => ({ deviceName: `D-${n}`, configurationState: 'success', configurationOutput: HEAVY }));
    const requests = Array.from({ length: 20 }, (_, n) => ({ id: String(n), method: 'GET', url: `/${states}?$top=1000` }));
    const answer = await send('POST', '$batch', { requests });
    expect(answer.text.length).toBeLessThan(40 * MIB);
    for (const { status, body } of answer.body.responses) {
      if (status === 503) continue;
      expect(status).toBe(200);
      const rest = await walk(body['@odata.nextLink'].slice(ORIGIN.length));
      expect(idsOf([...body.value, ...rest.rows])).toEqual([...ids].sort());
    }
  });

  it('refuses reads behind that, and does writes without repeating their content', { timeout: 300_000 }, async () => {
    const policy = await create(HARDWARE, hardwareBody());
    const states = `${HARDWARE}/${policy}/deviceRunStates`;
    const id = await create(states, { deviceName: 'D', configurationState: 'success', configurationOutput: 'x'.repeat(3 * MIB) });
    const url = `/${states}/${id}`;
    const reads = Array.from({ length: 12 }, (_, n) => ({ id: String(n), method: 'GET', url }));
    const answer = await send('POST', '$batch', { requests: reads });
    expect(answer.text.length).toBeLessThan(24 * MIB);
    const statuses = answer.body.responses.map(({ status }: { status: number }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    for (const { status, headers } of answer.body.responses) if (status === 503) expect(headers['Retry-After']).toBe('1');
    const writes = Array.from({ length: 12 }, (_, n) => ({
      id: String(n),
      method: 'PATCH',
      url,
      headers: { 'content-type': 'application/json' },
      body: { deviceName: `D-${n}` },
    }));
    const written = await send('POST', '$batch', { requests: writes });
    expect(written.text.length).toBeLessThan(24 * MIB);
    for (const { status } of written.body.responses) expect([200, 204]).toContain(status);
    expect(written.body.responses.some(({ status }: { status: number }) => status === 204)).toBe(true);
  });
});
