import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { groupBody, HARDWARE, hardwareBody } from '../support/sample-bodies.ts';

/** Texts that stand in an index have a length that every database takes, and a longer one is told to be the client's. */

let api: InProcessApi;
let token: string;
let states: string;
beforeAll(async () => {
  api = await startInProcessApi();
  token = await api.token({ tenantId: uuidV4() });
  const { body } = await api.request('POST', HARDWARE, { token, body: hardwareBody() });
  states = `${HARDWARE}/${body.id}/deviceRunStates`;
});
afterAll(() => api.close());

/** Characters that no compression makes shorter. */
const text = (length: number): string => Array.from({ length }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000))).join('');

const places: readonly (readonly [name: string, path: () => string, body: (value: string) => object])[] = [
  ['upn', () => states, (upn) => ({ deviceName: 'D', internalVersion: 1, configurationState: 'success', upn })],
  ['displayName', () => '/beta/groups', (displayName) => ({ ...groupBody(), displayName })],
  ['deviceName', () => '/beta/deviceManagement/managedDevices', (deviceName) => ({ deviceName })],
  ['serialNumber', () => '/beta/deviceManagement/managedDevices', (serialNumber) => ({ deviceName: 'D', serialNumber })],
  ['userPrincipalName', () => '/beta/deviceManagement/managedDevices', (userPrincipalName) => ({ deviceName: 'D', userPrincipalName })],
];

describe.each(places)('%s', (name, path, body) => {
  it('may have 512 characters', async () => {
    const answer = await api.request('POST', path(), { token, body: body(text(512)) });
    expect(answer.status, answer.text.slice(0, 300)).toBe(201);
    expect(answer.body[name]).toBe(text(512));
  });

  it('is refused when it is longer', async () => {
    const answer = await api.request('POST', path(), { token, body: body(text(513)) });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ target: name, message: expect.stringContaining('at most 512') });
  });
});
