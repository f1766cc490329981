import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidV4 } from '../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../src/testing/in-process-api.ts';
import { groupBody } from './sample-bodies.ts';

/** How writes of the directory are answered, which differs from Intune's own resources. */

let api: InProcessApi;
let tenantId: string;
let token: string;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  tenantId = uuidV4();
  token = await api.token({ tenantId });
});

/** A request with a body, and with what the client prefers. */
const send = (method: string, path: string, ...[body, prefer]: readonly [body?: unknown, prefer?: string]) =>
  api.request(method, path, {
    token,
    ...(prefer === undefined ? {} : { headers: { prefer } }),
    ...(body === undefined ? {} : { body }),
  });

async function create(path: string, body: object): Promise<Record<string, unknown> & { readonly id: string }> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

describe.each(['/v1.0', '/beta'])('%s', (base) => {
  describe.each(['docs', 'service'])('profile %s', (profile) => {
    const prefer = (more: string) => `${more}, muster.profile=${profile}`;

    it.each([
      ['users', { userPrincipalName: 'a@example.com', displayName: 'A' }],
      ['groups', groupBody()],
    ])('C7 PATCH of %s answers 204, and with the entity only when that is asked for', async (collection, body) => {
      const { id } = await create(`${base}/${collection}`, body);
      const path = `${base}/${collection}/${id}`;
      const silent = await send('PATCH', path, { displayName: 'B' }, prefer('x'));
      expect([silent.status, silent.text, silent.headers['content-type']]).toEqual([204, '', undefined]);
      expect((await send('GET', path)).body.displayName).toBe('B');
      const minimal = await send('PATCH', path, { displayName: 'C' }, prefer('return=minimal'));
      expect([minimal.status, minimal.headers['preference-applied']]).toEqual([204, `return=minimal, muster.profile=${profile}`]);
      const shown = await send('PATCH', path, { displayName: 'D' }, prefer('return=representation'));
      expect([shown.status, shown.body.id, shown.body.displayName]).toEqual([200, id, 'D']);
      const selected = await send('PATCH', `${path}?$select=displayName`, { displayName: 'E' }, prefer('x'));
      expect([selected.status, selected.body.displayName]).toEqual([200, 'E']);
    });

    it('C7 PATCH of me and of the organization answers 204', async () => {
      token = await api.token({ tenantId, userPrincipalName: 'ada@example.com' });
      expect((await send('PATCH', `${base}/me`, { displayName: 'Ada' }, prefer('x'))).status).toBe(204);
      expect((await send('GET', `${base}/me`)).body.displayName).toBe('Ada');
      const answer = await send('PATCH', `${base}/organization/${tenantId}`, { businessPhones: ['1'] }, prefer('x'));
      expect(answer.status).toBe(204);
    });

    it('C7 PATCH of a managed device answers 200 with it', async () => {
      const { id } = await create(`${base}/deviceManagement/managedDevices`, { deviceName: 'PC' });
      const answer = await send('PATCH', `${base}/deviceManagement/managedDevices/${id}`, { notes: 'n' }, prefer('x'));
      expect([answer.status, answer.body.id]).toEqual([200, id]);
    });
  });

  it('C7 a part of a batch is answered 204 without a body', async () => {
    const { id } = await create(`${base}/users`, { displayName: 'A' });
    const { body } = await send('POST', `${base}/$batch`, {
      requests: [
        { id: '1', method: 'PATCH', url: `/users/${id}`, headers: { 'Content-Type': 'application/json' }, body: { displayName: 'B' } },
      ],
    });
    expect(body.responses[0].status).toBe(204);
    expect(body.responses[0]).not.toHaveProperty('body');
  });
});
