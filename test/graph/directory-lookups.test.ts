import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECKED_GROUPS, OBJECTS_BY_ID } from '../../src/domain/directory/directory-operations.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { api, send, sendAs, tenantId, useFreshTenants } from '../support/fresh-tenants.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { groupBody } from '../support/sample-bodies.ts';

/** What tools look up in the directory besides lists: by other keys, many at once, memberships, managers. */

useFreshTenants();

async function create(path: string, body: object): Promise<string> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id;
}

async function post(path: string, body: object): Promise<unknown[]> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.value;
}

const user = (name: string) => create('users', { displayName: name, userPrincipalName: `${name}@example.com` });
const group = (...members: readonly string[]) =>
  create('groups', groupBody(members.length === 0 ? {} : { 'members@odata.bind': members.map((id) => `directoryObjects/${id}`) }));

describe.each(['/v1.0', '/beta'])('%s', (base) => {
  it('C26 devices by their device id, and what hangs from them', async () => {
    for (const azureADDeviceId of [uuidV4(), 'no uuid']) {
      const device = await create('deviceManagement/managedDevices', { deviceName: 'PC', azureADDeviceId });
      const outer = await group(await group(device));
      const path = `${base}/devices(deviceId='${azureADDeviceId}')`;
      expect((await send('GET', path)).body).toMatchObject({ id: device, deviceId: azureADDeviceId });
      expect((await send('GET', `${path}?$select=id`)).body.id).toBe(device);
      expect((await send('GET', `${path}/memberOf`)).body.value).toHaveLength(1);
      expect((await send('GET', `${path}/transitiveMemberOf?$select=id`)).body.value.map(({ id }: { id: string }) => id)).toContain(outer);
      expect(await post(`${path}/checkMemberGroups`, { groupIds: [outer] })).toEqual([outer]);
    }
    const id = uuidV4();
    const missing = await send('GET', `${base}/devices(deviceId='${id}')`, undefined, 'muster.profile=service');
    expect([missing.status, missing.body.error.code]).toEqual([404, 'Request_ResourceNotFound']);
    expect(missing.body.error.message).toContain(id);
  });

  it('C26 groups by their unique name, which no other has', async () => {
    const id = await create(`${base}/groups`, groupBody({ uniqueName: 'pilot' }));
    const other = await create(`${base}/groups`, groupBody({ uniqueName: null }));
    expect((await send('GET', `${base}/groups(uniqueName='pilot')`)).body).toMatchObject({ id, uniqueName: 'pilot' });
    expect((await send('GET', `${base}/groups(uniqueName='x')`)).status).toBe(404);
    for (const [method, path] of [
      ['POST', 'groups'],
      ['PATCH', `groups/${other}`],
    ] as const) {
      const answer = await send(method, `${base}/${path}`, groupBody({ uniqueName: 'pilot' }));
      expect([answer.status, answer.body.error.target]).toEqual([400, 'uniqueName']);
    }
    expect((await send('PATCH', `${base}/groups(uniqueName='pilot')`, { uniqueName: 'second' })).status).toBe(204);
    expect((await send('GET', `${base}/groups(uniqueName='second')`)).body.id).toBe(id);
  });

  it('C26 many objects by their ids', async () => {
    const [ada, team] = [await user('ada'), await group()];
    const pc = await create('deviceManagement/managedDevices', { deviceName: 'PC' });
    const path = `${base}/directoryObjects/getByIds`;
    const ids = [pc, uuidV4(), ada.toUpperCase(), team, ada];
    const answer = await send('POST', path, { ids });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body['@odata.context']).toBe(`http://localhost:8080${base}/$metadata#directoryObjects`);
    expect(answer.body.value).toMatchObject([
      { '@odata.type': '#microsoft.graph.device', id: pc, displayName: 'PC', deviceId: pc },
      { '@odata.type': '#microsoft.graph.user', id: ada, userPrincipalName: 'ada@example.com' },
      { '@odata.type': '#microsoft.graph.group', id: team, displayName: 'G' },
    ]);
    const service = await send('POST', path, { ids, types: ['user'] }, 'muster.profile=service');
    expect(service.body.value).toMatchObject([{ '@odata.type': '#microsoft.graph.user', id: ada }]);
    expect(await post(path, { ids, types: ['group', 'device'] })).toHaveLength(2);
    expect(await post(path, { ids, types: ['directoryObject'] })).toHaveLength(3);
    expect(await post(path, { ids, types: ['servicePrincipal'] })).toEqual([]);
    expect(await post(path, { ids: [] })).toEqual([]);
    expect((await send('POST', path, {})).status).toBe(400);
    expect((await send('POST', path, { ids: ['x'] })).body.error.target).toBe('ids');
    const many = Array.from({ length: OBJECTS_BY_ID + 1 }, uuidV4);
    expect((await send('POST', path, { ids: many })).status).toBe(400);
    expect(await post(path, { ids: [...many.slice(2), ada] })).toHaveLength(1);
    sendAs(await api.token({ tenantId, roles: ['Directory.Read.All'] }));
    expect(await post(path, { ids })).toHaveLength(3);
    sendAs(await api.token({ tenantId, roles: ['User.Read.All'] }));
    expect((await send('POST', path, { ids })).status).toBe(403);
  });

  it('C26 memberships that are asked for', async () => {
    const ada = await user('ada');
    const inner = await group(ada);
    const outer = await group(inner);
    const mailOnly = await create('groups', groupBody({ securityEnabled: false, 'members@odata.bind': [`users/${ada}`] }));
    const stranger = await group();
    const path = `${base}/users/ada@example.com`;
    for (const [action, name] of [
      ['checkMemberGroups', 'groupIds'],
      ['checkMemberObjects', 'ids'],
      ['microsoft.graph.checkMemberGroups', 'groupIds'],
    ] as const) {
      expect(await post(`${path}/${action}`, { [name]: [stranger, outer.toUpperCase(), inner, uuidV4(), inner] })).toEqual([outer, inner]);
      expect((await send('POST', `${path}/${action}`, { [name]: Array.from({ length: CHECKED_GROUPS + 1 }, uuidV4) })).status).toBe(400);
      expect((await send('POST', `${path}/${action}`, { [name]: ['x'] })).body.error.target).toBe(name);
    }
    for (const action of ['getMemberGroups', 'getMemberObjects']) {
      expect((await post(`${path}/${action}`, { securityEnabledOnly: false })).toSorted()).toEqual([inner, outer, mailOnly].sort());
      expect((await post(`${path}/${action}`, { securityEnabledOnly: true })).toSorted()).toEqual([inner, outer].sort());
      expect((await post(`${path}/${action}`, {})).length).toBe(3);
    }
    expect(await post(`${base}/groups/${inner}/checkMemberGroups`, { groupIds: [outer, inner] })).toEqual([outer]);
    expect(await post(`${base}/directoryObjects/${ada}/checkMemberGroups`, { groupIds: [outer] })).toEqual([outer]);
    expect((await send('POST', `${base}/users/${uuidV4()}/checkMemberGroups`, { groupIds: [] })).status).toBe(404);
    sendAs(await api.token({ tenantId, userPrincipalName: 'ada@example.com', scopes: ['User.Read', 'GroupMember.Read.All'] }));
    expect(await post(`${base}/me/checkMemberGroups`, { groupIds: [outer, stranger] })).toEqual([outer]);
    expect((await post(`${base}/me/getMemberGroups`, { securityEnabledOnly: true })).length).toBe(2);
  });

  it('C26 managers and their reports', async () => {
    const [ada, bob, eve] = [await user('ada'), await user('bob'), await user('eve')];
    const path = `${base}/users/${bob}/manager`;
    const none = await send('GET', path, undefined, 'muster.profile=service');
    expect([none.status, none.body.error.code]).toEqual([404, 'Request_ResourceNotFound']);
    expect(none.body.error.message).toContain("Resource 'manager' does not exist");
    expect((await send('PUT', `${path}/$ref`, { '@odata.id': `https://graph.microsoft.com${base}/users/${ada}` })).status).toBe(204);
    expect((await send('GET', path)).body).toMatchObject({ '@odata.type': '#microsoft.graph.user', id: ada });
    expect((await send('GET', `${path}/$ref`)).body['@odata.id']).toBe(`http://localhost:8080${base}/users('${ada}')`);
    expect((await send('GET', `${base}/users/${bob}?$expand=manager($select=id,displayName)`)).body.manager).toMatchObject({ id: ada });
    expect((await send('GET', `${base}/users/${ada}/directReports?$select=id`)).body.value).toMatchObject([{ id: bob }]);
    expect((await send('PATCH', `${base}/users/${eve}`, { 'manager@odata.bind': `${base}/users/${ada}` })).status).toBe(204);
    expect((await send('GET', `${base}/users/${ada}/directReports/$count`)).text).toBe('2');
    expect((await send('PUT', `${path}/$ref`, { '@odata.id': `${base}/users/${uuidV4()}` })).status).toBe(404);
    expect((await send('PUT', `${path}/$ref`, {})).status).toBe(400);
    expect((await send('POST', `${path}/$ref`, { '@odata.id': `${base}/users/${eve}` })).status).toBe(405);
    expect((await send('DELETE', `${path}/$ref`)).status).toBe(204);
    expect((await send('DELETE', `${path}/$ref`)).status).toBe(404);
    expect((await send('GET', path)).status).toBe(404);
    expect((await send('DELETE', `${base}/users/${ada}`)).status).toBe(204);
    expect((await send('GET', `${base}/users/${eve}/manager`)).status).toBe(404);
  });

  it('C26 lists of what Muster knows none of', async () => {
    for (const path of ['deviceCompliancePolicies', 'deviceCompliancePolicies?$select=id,displayName', 'resourceOperations'])
      expect((await send('GET', `${base}/deviceManagement/${path}`)).body.value).toEqual([]);
    expect((await send('GET', `${base}/deviceManagement/deviceCompliancePolicies/$count`)).text).toBe('0');
    expect((await send('GET', `${base}/deviceManagement/deviceCompliancePolicies/${uuidV4()}`)).status).toBe(404);
    expect((await send('POST', `${base}/deviceManagement/deviceCompliancePolicies`, {})).status).toBe(405);
    const expanded = '$expand=assignments,scheduledActionsForRule($expand=scheduledActionConfigurations)'; // as IntuneCD and CIPP do
    expect(await send('GET', `${base}/deviceManagement/deviceCompliancePolicies?${expanded}`)).toMatchObject({
      status: 200,
      body: { value: [] },
    });
    for (const below of ['assignments', 'scheduledActionsForRule'])
      expect((await send('GET', `${base}/deviceManagement/deviceCompliancePolicies/${uuidV4()}/${below}`)).status).toBe(404);
    const body = { resourceName: 'Managed devices', actionName: 'Read', description: 'd', resource: 'r', enabledForScopeValidation: true };
    const id = await create(`${base}/deviceManagement/resourceOperations`, body);
    const path = `${base}/deviceManagement/resourceOperations/${id}`;
    expect((await send('GET', path)).body).toMatchObject({ id, ...body });
    expect((await send('PATCH', path, { actionName: 'Update' })).body).toMatchObject({ id, ...body, actionName: 'Update' });
    expect((await send('DELETE', path)).status).toBe(204);
  });
});

it('C26 what is checked is what transitiveMemberOf says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { maxLength: 10 }), async (edges) => {
      sendAs(await api.token({ tenantId: uuidV4() }));
      const groups: string[] = [];
      for (let i = 0; i < 5; i++) groups.push(await group());
      for (const [from, to] of edges)
        await send('POST', `groups/${groups[from]}/members/$ref`, { '@odata.id': `directoryObjects/${groups[to]}` });
      const listed = (await send('GET', `groups/${groups[0]}/transitiveMemberOf?$select=id`)).body.value as { id: string }[];
      const ids = listed.map(({ id }) => id).sort();
      expect((await post(`groups/${groups[0]}/checkMemberGroups`, { groupIds: groups })).toSorted()).toEqual(ids);
      expect((await post(`groups/${groups[0]}/getMemberGroups`, {})).toSorted()).toEqual(ids);
    }),
    { numRuns: propertyRuns(10) },
  );
});
