import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { deviceState, upnOf } from '../../bench/device-states.ts';
import { seededRandom } from '../../bench/random.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { model } from '../../src/model/index.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { created, HARDWARE, hardwareBody } from '../support/sample-bodies.ts';

/** Which requests a thread reads for: those that look at very many rows, and none that is asked often. */

/** More than are read on the request thread, and few enough to be made one by one. */
const STATES = 2100;

let folder: string;
let api: InProcessApi;
let large: string;
let small: string;
let stateId: string;
const sent = vi.spyOn(Worker.prototype, 'postMessage');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-long-'));
  const store = await openSqliteStore({ folder, types: model.stored, clock: new FakeClock(Date.UTC(2026, 5, 1)), readerThreads: 1 });
  api = await startInProcessApi({ store });
  const policy = async (): Promise<string> => `${HARDWARE}/${(await created(api, HARDWARE, hardwareBody())).id}`;
  [large, small] = [await policy(), await policy()];
  const random = seededRandom(1);
  const add = async (to: string, i: number) => {
    const { status, body } = await api.request('POST', `${to}/deviceRunStates`, { body: deviceState(i, random) });
    expect(status).toBe(201);
    return body.id as string;
  };
  const ids = await Promise.all(Array.from({ length: STATES }, (_, i) => add(large, i)));
  stateId = ids[STATES / 2]!;
  await add(small, 0);
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  sent.mockClear();
});

/** Whether a thread was asked while a request was answered. */
async function isLong(path: string): Promise<boolean> {
  const { status, text, body } = await api.request('GET', path.replaceAll(' ', '%20'));
  expect(status, text).toBe(200);
  if (Array.isArray(body.value)) expect(body.value.length).toBeGreaterThan(0);
  return sent.mock.calls.some(([order]) => order === 'begin');
}

const BY_RESULT = "$filter=configurationState eq 'success'&$orderby=lastStateUpdateDateTime desc";

test.each([
  ['a device state', () => `${large}/deviceRunStates/${stateId}`],
  ['a page by result and time', () => `${large}/deviceRunStates?${BY_RESULT}`],
  ['a page of device states', () => `${large}/deviceRunStates`],
  ['the page behind some rows', () => `${large}/deviceRunStates?$skip=500`],
  ['the device states of a user by time', () => `${large}/deviceRunStates?$filter=upn eq '${upnOf(8)}'&$orderby=lastStateUpdateDateTime`],
  ['the user state of a user', () => `${large}/userRunStates?$filter=upn eq '${upnOf(8)}'`],
  ['a page of user states', () => `${large}/userRunStates`],
  ['a count by result', () => `${large}/deviceRunStates/$count?$filter=configurationState eq 'fail'`],
  ['a run summary', () => `${large}/runSummary`],
  ['a policy', () => large],
  ['the policies', () => HARDWARE],
  ['a policy and what is assigned', () => `${large}?$expand=assignments`],
])('%s is read at once', async (_, path) => {
  expect(await isLong(path())).toBe(false);
});

test('the next page of many is read at once', async () => {
  const { body } = await api.request('GET', `${large}/deviceRunStates?${BY_RESULT}`.replaceAll(' ', '%20'));
  sent.mockClear();
  expect(await isLong(new URL(body['@odata.nextLink']).href.slice('http://localhost:8080'.length))).toBe(false);
});

test.each([
  [
    'a condition that no index serves, on however few rows',
    () => `${small}/deviceRunStates?$filter=contains(deviceName,'-')&$orderby=osVersion`,
  ],
  [
    'a condition of which an index serves a part',
    () => `${large}/deviceRunStates?$filter=upn eq '${upnOf(8)}' and contains(deviceName,'-')`,
  ],
  ['the policies with their states', () => `${HARDWARE}?$expand=deviceRunStates`],
  ['a count that no counter tells', () => `${HARDWARE}/$count`],
  ['a page with a condition that no index serves', () => `${large}/deviceRunStates?$filter=contains(deviceName,'-')`],
  ['a count with one', () => `${large}/deviceRunStates/$count?$filter=contains(deviceName,'-')`],
  ['an order that no index has', () => `${large}/deviceRunStates?$orderby=deviceName`],
  ['a page very far behind', () => `${large}/deviceRunStates?$skip=${STATES - 10}`],
  ['a look into large collections', () => `${HARDWARE}?$filter=deviceRunStates/any(s:contains(s/deviceName,'-'))`],
])('%s is read by a thread', async (_, path) => {
  expect(await isLong(path())).toBe(true);
});
