import { describe, expect, it, vi } from 'vitest';
import { DELETED_DAYS, removeLongDeleted } from '../../src/domain/directory/deleted-items.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { deletedItem } from '../../src/model/deleted-item.ts';
import { startHourlySweep } from '../../src/server/jobs/hourly-sweep.ts';
import { api, create, send, sendAs, tenantId, useFreshTenants } from '../support/fresh-tenants.ts';
import { groupBody } from '../support/sample-bodies.ts';

/** Users and groups that are deleted can be seen and restored for 30 days. */

useFreshTenants();

const list = async (path: string): Promise<{ readonly id: string }[]> => {
  const answer = await send('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.value;
};
const idsOf = async (path: string) => (await list(path)).map(({ id }) => id).sort();

describe.each(['/v1.0', '/beta'])('%s', (base) => {
  const ITEMS = `${base}/directory/deletedItems`;

  it.each([
    ['user', { displayName: 'A', userPrincipalName: 'a@example.com', city: 'Bern', businessPhones: ['1'] }],
    ['group', groupBody({ uniqueName: 'pilot', theme: 'blue', groupTypes: ['Unified'] })],
  ])('C26 a deleted %s is seen, found and restored as it was', async (type, body) => {
    const path = `${base}/${type}s`;
    const made = await create(path, body);
    expect((await send('GET', `${ITEMS}/${made.id}`)).status).toBe(404);
    expect((await send('DELETE', `${path}/${made.id}`)).status).toBe(204);
    expect((await send('GET', `${path}/${made.id}`)).status).toBe(404);
    expect(await list(`${base}/directoryObjects`)).toEqual([]);
    const seen = await send('GET', `${ITEMS}/${made.id}`);
    expect(seen.status, seen.text).toBe(200);
    expect(seen.body).toMatchObject({
      ...body,
      id: made.id,
      '@odata.type': `#microsoft.graph.${type}`,
      deletedDateTime: expect.any(String),
    });
    expect(await idsOf(ITEMS)).toEqual([made.id]);
    for (const query of [
      '',
      "?$filter=displayName ne 'x'",
      '?$select=id,displayName,deletedDateTime',
      '?$orderby=deletedDateTime desc&$count=true',
    ])
      expect(await list(`${ITEMS}/microsoft.graph.${type}${query}`)).toMatchObject([{ id: made.id }]);
    expect(await list(`${ITEMS}/microsoft.graph.${type === 'user' ? 'group' : 'user'}`)).toEqual([]);
    expect((await send('GET', `${ITEMS}/microsoft.graph.${type}/$count`)).text).toBe('1');
    const service = await send('GET', ITEMS, undefined, 'muster.profile=service');
    expect(service.body.value[0]['@odata.type']).toBe(`#microsoft.graph.${type}`);
    expect((await send('PATCH', `${ITEMS}/${made.id}`, {})).status).toBe(405);

    const restored = await send('POST', `${ITEMS}/${made.id}/restore`);
    expect(restored.status, restored.text).toBe(200);
    expect(restored.body).toMatchObject({ '@odata.type': `#microsoft.graph.${type}`, id: made.id, displayName: made.displayName });
    expect((await send('GET', `${path}/${made.id}`)).body).toEqual(made);
    expect(await list(ITEMS)).toEqual([]);
    for (const again of ['restore', 'microsoft.graph.restore'])
      expect((await send('POST', `${ITEMS}/${made.id}/${again}`)).status).toBe(404);
  });

  it('C26 groups have their members again, and members their groups', async () => {
    const [ada, bob] = [await create(`${base}/users`, { displayName: 'A' }), await create(`${base}/users`, { displayName: 'B' })];
    const inner = await create(`${base}/groups`, groupBody({ 'members@odata.bind': [`users/${ada.id}`, `users/${bob.id}`] }));
    const outer = await create(
      `${base}/groups`,
      groupBody({ 'members@odata.bind': [`groups/${inner.id}`], 'owners@odata.bind': [`users/${ada.id}`] }),
    );
    for (const path of [`groups/${inner.id}`, `users/${ada.id}`]) expect((await send('DELETE', `${base}/${path}`)).status).toBe(204);
    expect(await list(`${base}/groups/${outer.id}/members`)).toEqual([]);
    expect(await list(`${base}/groups/${outer.id}/owners`)).toEqual([]);
    expect((await send('POST', `${ITEMS}/${inner.id}/restore`)).status).toBe(200);
    expect(await idsOf(`${base}/groups/${inner.id}/members`)).toEqual([bob.id]);
    expect(await idsOf(`${base}/groups/${outer.id}/members`)).toEqual([inner.id]);
    expect((await send('POST', `${ITEMS}/${ada.id}/restore`)).status).toBe(200);
    expect(await idsOf(`${base}/groups/${outer.id}/owners`)).toEqual([ada.id]);
    expect((await idsOf(`${base}/groups/${outer.id}/transitiveMembers`)).includes(ada.id)).toBe(false); // its group was not there when it went
  });

  it('C26 a name that was taken meanwhile keeps one from coming back', async () => {
    const first = await create(`${base}/users`, { userPrincipalName: 'a@example.com' });
    await send('DELETE', `${base}/users/${first.id}`);
    const second = await create(`${base}/users`, { userPrincipalName: 'A@example.com' });
    const refused = await send('POST', `${ITEMS}/${first.id}/restore`, undefined, 'muster.profile=service');
    expect([refused.status, refused.body.error.code, refused.body.error.target]).toEqual([400, 'Request_BadRequest', 'userPrincipalName']);
    expect(await idsOf(ITEMS)).toEqual([first.id]);
    await send('DELETE', `${base}/users/${second.id}`);
    expect(await idsOf(ITEMS)).toEqual([first.id, second.id].sort());
    expect((await send('POST', `${ITEMS}/${first.id}/restore`)).status).toBe(200);
  });

  it('C26 deleted again it is gone for good', async () => {
    for (const below of ['', '/microsoft.graph.user']) {
      const { id } = await create(`${base}/users`, { displayName: 'A' });
      await send('DELETE', `${base}/users/${id}`);
      expect((await send('DELETE', `${ITEMS}${below}/${id}`)).status).toBe(204);
      const gone = await send('GET', `${ITEMS}/${id}`, undefined, 'muster.profile=service');
      expect([gone.status, gone.body.error.code]).toEqual([404, 'Request_ResourceNotFound']);
      expect((await send('DELETE', `${ITEMS}/${id}`)).status).toBe(404);
    }
  });

  it('C26 another tenant sees none of it, and who may not write restores nothing', async () => {
    const { id } = await create(`${base}/users`, { displayName: 'A' });
    await send('DELETE', `${base}/users/${id}`);
    sendAs(await api.token({ tenantId, roles: ['User.Read.All'] }));
    expect(await idsOf(ITEMS)).toEqual([id]);
    expect((await send('POST', `${ITEMS}/${id}/restore`)).status).toBe(403);
    expect((await send('DELETE', `${ITEMS}/${id}`)).status).toBe(403);
    sendAs(await api.token({ tenantId: uuidV4() }));
    expect(await list(ITEMS)).toEqual([]);
    expect((await send('POST', `${ITEMS}/${id}/restore`)).status).toBe(404);
  });
});

it('C26 after 30 days the hourly sweep removes it, not before', async () => {
  const count = () => api.store.read(tenantId, (reader) => reader.count({ from: deletedItem, scope: {} }));
  for (const path of ['users', 'groups']) {
    const { id } = await create(path, path === 'users' ? {} : groupBody());
    expect((await send('DELETE', `${path}/${id}`)).status).toBe(204);
  }
  const day = 86_400_000;
  expect(await removeLongDeleted(api.store, tenantId, api.clock.now() + DELETED_DAYS * day)).toBe(false);
  expect(await count()).toBe(2);
  const clock = { now: () => api.clock.now() + DELETED_DAYS * day + 1000 };
  const end = startHourlySweep({ store: api.store, clock: { ...api.clock, ...clock } as never, auditDays: 90 }, () => undefined);
  await vi.waitFor(async () => expect(await count()).toBe(0), { timeout: 10_000 });
  await end();
});
