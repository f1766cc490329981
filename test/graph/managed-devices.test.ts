import { describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { api, create, send, sendAs, tenantId, token, useFreshTenants } from '../support/fresh-tenants.ts';
import { expectRefusal } from '../support/refusal.ts';
import { SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { publishedProperties } from '../support/surface-facts.ts';

/** Managed devices and what surrounds them: the service's settings, the tenant's organization, the signed-in user, apps found. */

const DEVICES = 'deviceManagement/managedDevices';
const COMANAGED = 'deviceManagement/comanagedDevices';
const APPS = 'deviceManagement/detectedApps';

useFreshTenants();

async function list(path: string): Promise<Record<string, unknown>[]> {
  const answer = await send('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body.value;
}
const idsOf = async (path: string) => (await list(path)).map(({ id }) => id);

describe('properties that one must ask for', () => {
  const VALUES = {
    notes: 'on loan',
    ethernetMacAddress: '00-11',
    physicalMemoryInBytes: 2 ** 34,
    udid: 'u',
    iccid: 'i',
    activationLockBypassCode: 'code',
    bootstrapTokenEscrowed: true,
    windowsActiveMalwareCount: 2,
    windowsRemediatedMalwareCount: 3,
    hardwareInformation: { systemManagementBIOSVersion: '1.2.3', totalStorageSpace: 2 ** 40 },
    chromeOSDeviceInfo: [{ name: 'kernel', value: '6', valueType: 'string', updatable: false }],
  };
  const NAMES = Object.keys(VALUES).join();

  it('are their defaults, but for a single GET that selects them', async () => {
    const made = await create(DEVICES, { deviceName: 'PC', ...VALUES });
    const defaults = {
      notes: null,
      ethernetMacAddress: null,
      physicalMemoryInBytes: 0,
      udid: null,
      iccid: null,
      activationLockBypassCode: null,
      bootstrapTokenEscrowed: false,
      windowsActiveMalwareCount: 0,
      windowsRemediatedMalwareCount: 0,
      hardwareInformation: null,
    };
    expect(made).toMatchObject(defaults);
    expect((await send('GET', `${DEVICES}/${made.id}`)).body).toMatchObject(defaults);
    expect(await list(DEVICES)).toMatchObject([defaults]);
    expect(await list(`${DEVICES}?$select=${NAMES}`)).toMatchObject([defaults]);
    expect((await send('GET', `${DEVICES}/${made.id}?$select=${NAMES}`)).body).toMatchObject(VALUES);
    const { body } = await send('GET', `${DEVICES}/${made.id}?$select=notes`);
    expect(body).toMatchObject({ notes: 'on loan' });
    expect(body).not.toHaveProperty('udid');
    expect((await send('GET', `${DEVICES}/${made.id}/notes/$value`)).text).toBe('on loan');
  });

  it('can be filtered by', async () => {
    const made = await create(DEVICES, { deviceName: 'PC', ...VALUES });
    await create(DEVICES, { deviceName: 'other' });
    expect(await idsOf(`${DEVICES}?$filter=notes eq 'on loan'`)).toEqual([made.id]);
    expect(await idsOf(`${DEVICES}?$filter=hardwareInformation/systemManagementBIOSVersion eq '1.2.3'`)).toEqual([made.id]);
  });

  it('are those that the published surface says', () => {
    const asked = publishedProperties('managedDevice')!
      .filter(({ selectOnly }) => selectOnly === true)
      .map(({ name }) => name);
    expect(asked).toHaveLength(3);
    expect(Object.keys(VALUES)).toEqual(expect.arrayContaining(asked));
  });
});

describe('documented filters', () => {
  it.each([
    "deviceName eq 'PC'",
    "contains(deviceName,'P')",
    'enrolledDateTime gt 2025-12-31T00:00:00Z and enrolledDateTime lt 2026-01-02T00:00:00Z',
    'lastSyncDateTime gt 2026-01-31T00:00:00Z',
    "deviceCategoryDisplayName eq 'Lab' or deviceCategoryDisplayName eq 'Office'",
    "jailBroken eq 'False' or jailBroken eq 'x'",
    "operatingSystem eq 'Windows' and managementAgent eq 'mdm'",
    "azureADDeviceId eq 'ABC'",
  ])('%s', async (filter) => {
    const wanted = await create(DEVICES, {
      deviceName: 'PC',
      enrolledDateTime: '2026-01-01T00:00:00Z',
      lastSyncDateTime: '2026-02-01T00:00:00Z',
      deviceCategoryDisplayName: 'Lab',
      jailBroken: 'False',
      operatingSystem: 'Windows',
      managementAgent: 'mdm',
      azureADDeviceId: 'ABC',
    });
    await create(DEVICES, { deviceName: 'other', enrolledDateTime: '2020-01-01T00:00:00Z', lastSyncDateTime: '2020-01-01T00:00:00Z' });
    expect(await idsOf(`${DEVICES}?$filter=${encodeURIComponent(filter)}`)).toEqual([wanted.id]);
  });
});

describe('co-managed devices', () => {
  it('are those whose agent says so', async () => {
    const device = await create(DEVICES, { deviceName: 'PC', managementAgent: 'mdm' });
    expect(await list(COMANAGED)).toEqual([]);
    expect((await send('GET', `${COMANAGED}/${device.id}`)).status).toBe(404);
    await send('PATCH', `${DEVICES}/${device.id}`, { managementAgent: 'configurationManagerClientMdm' });
    expect(await idsOf(COMANAGED)).toEqual([device.id]);
    expect((await send('GET', `${COMANAGED}/$count`)).text).toBe('1');
    expect((await send('PATCH', `${COMANAGED}/${device.id}`, { deviceName: 'PC-2' })).body).toMatchObject({ deviceName: 'PC-2' });
    expect((await send('GET', `${DEVICES}/${device.id}`)).body).toMatchObject({ deviceName: 'PC-2' });
    expect((await send('DELETE', `${COMANAGED}/${device.id}`)).status).toBe(204);
    expect(await list(DEVICES)).toEqual([]);
  });

  it('are created as such, or not at all', async () => {
    const device = await create(COMANAGED, { deviceName: 'PC' });
    expect(device).toMatchObject({ managementAgent: 'configurationManagerClientMdm' });
    expect(await idsOf(COMANAGED)).toEqual([device.id]);
    await create(COMANAGED, { deviceName: 'PC', managementAgent: 'configurationManagerClientMdmEas' });
    expectRefusal(await send('POST', COMANAGED, { deviceName: 'PC', managementAgent: 'mdm' }), {
      status: 400,
      code: 'invalidValue',
      target: 'managementAgent',
    });
    expect(await list(DEVICES)).toHaveLength(2);
  });
});

describe('the device of a run state', () => {
  it('is read, changed and deleted there', async () => {
    const device = await create(DEVICES, { deviceName: 'PC' });
    const script = await create(SCRIPTS, scriptBody());
    const state = await create(`${SCRIPTS}/${script.id}/deviceRunStates`, { 'managedDevice@odata.bind': `${DEVICES}/${device.id}` });
    const path = `${SCRIPTS}/${script.id}/deviceRunStates/${state.id}/managedDevice`;
    expect((await send('PATCH', path, { notes: 'seen' })).status).toBe(200);
    expect((await send('GET', `${path}?$select=notes`)).body).toMatchObject({ notes: 'seen' });
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', `${DEVICES}/${device.id}`)).status).toBe(404);
    expect((await send('GET', `${SCRIPTS}/${script.id}/deviceRunStates/${state.id}`)).status).toBe(200);
  });

  it('is changed only with the names that change devices', async () => {
    const device = await create(DEVICES, { deviceName: 'PC' });
    const script = await create(SCRIPTS, scriptBody());
    const state = await create(`${SCRIPTS}/${script.id}/deviceRunStates`, { 'managedDevice@odata.bind': `${DEVICES}/${device.id}` });
    sendAs(await api.token({ tenantId, roles: ['DeviceManagementScripts.ReadWrite.All'] }));
    const path = `${SCRIPTS}/${script.id}/deviceRunStates/${state.id}/managedDevice`;
    expect((await send('GET', path)).status).toBe(200);
    for (const method of ['PATCH', 'DELETE']) expect((await send(method, path, method === 'PATCH' ? {} : undefined)).status).toBe(403);
  });
});

describe('apps found on devices', () => {
  it('lead to their devices and back, and count them', async () => {
    const devices = [await create(DEVICES, { deviceName: 'a' }), await create(DEVICES, { deviceName: 'b' })];
    const app = await create(APPS, { displayName: 'Editor', version: '1', platform: 'windows', deviceCount: 99 });
    expect(app).toMatchObject({ displayName: 'Editor', deviceCount: 0 });
    for (const { id } of devices)
      expect((await send('POST', `${APPS}/${app.id}/managedDevices/$ref`, { '@odata.id': `${DEVICES}/${id}` })).status).toBe(204);
    expect((await send('GET', `${APPS}/${app.id}`)).body).toMatchObject({ deviceCount: 2 });
    expect((await idsOf(`${APPS}/${app.id}/managedDevices`)).sort()).toEqual(devices.map(({ id }) => id).sort());
    const [first, second] = devices as [{ id: string }, { id: string }];
    expect((await send('GET', `${DEVICES}/${first.id}/detectedApps/${app.id}/managedDevices/${second.id}`)).body).toMatchObject({
      deviceName: 'b',
    });
    expect((await send('DELETE', `${DEVICES}/${second.id}`)).status).toBe(204);
    expect((await send('GET', `${APPS}/${app.id}`)).body).toMatchObject({ deviceCount: 1 });
    expect((await send('DELETE', `${APPS}/${app.id}`)).status).toBe(204);
    expect(await list(`${DEVICES}/${first.id}/detectedApps`)).toEqual([]);
  });
});

describe('the device in the directory', () => {
  it('comes, changes and goes with the managed one', async () => {
    const managed = await create(DEVICES, { deviceName: 'PC', azureADDeviceId: 'entra-1', operatingSystem: 'Windows', osVersion: '11' });
    expect(await list("devices?$filter=deviceId eq 'entra-1'")).toMatchObject([
      { id: managed.id, displayName: 'PC', operatingSystem: 'Windows', operatingSystemVersion: '11', isCompliant: false },
    ]);
    await send('PATCH', `${DEVICES}/${managed.id}`, { deviceName: 'PC-2', complianceState: 'compliant' });
    expect((await send('GET', `/v1.0/devices/${managed.id}`)).body).toMatchObject({ displayName: 'PC-2', isCompliant: true });
    await send('DELETE', `${DEVICES}/${managed.id}`);
    expect(await list('devices')).toEqual([]);
  });
});

describe('users', () => {
  it('are found by their user principal name, in URLs too', async () => {
    const user = await create('users', { userPrincipalName: 'ada@example.com', displayName: 'Ada' });
    const device = await create(DEVICES, { deviceName: 'PC', userPrincipalName: 'ada@example.com' });
    await create(DEVICES, { deviceName: 'other', userPrincipalName: 'bob@example.com' });
    for (const path of [
      'users/ada@example.com',
      "users('ada@example.com')",
      "users(userPrincipalName='ada@example.com')",
      'users/ada%40example.com',
    ])
      expect((await send('GET', path)).body, path).toMatchObject({ id: user.id });
    for (const path of [`users/${user.id}/managedDevices`, 'users/ada@example.com/managedDevices']) {
      expect(await idsOf(path)).toEqual([device.id]);
      expect((await send('GET', `${path}/${device.id}`)).body).toMatchObject({ deviceName: 'PC' });
    }
    expect((await send('PATCH', 'users/ada@example.com', { displayName: 'A' })).status).toBe(204);
    expectRefusal(await send('GET', 'users/nobody@example.com'), { status: 404, code: 'notFound' });
    expectRefusal(await send('GET', 'users/nobody@example.com/managedDevices'), { status: 404, code: 'notFound' });
  });
});

describe('/me', () => {
  const as = async (userPrincipalName: string, scopes?: readonly string[]) => {
    sendAs(await api.token({ tenantId, userPrincipalName, ...(scopes === undefined ? {} : { scopes }) }));
  };

  it('is whoever the token speaks for', async () => {
    const user = await create('users', { userPrincipalName: 'ada@example.com', displayName: 'Ada' });
    const device = await create(DEVICES, { deviceName: 'PC', userPrincipalName: 'ada@example.com' });
    const group = await create('groups', { displayName: 'G', mailEnabled: false, mailNickname: 'g', securityEnabled: true });
    await send('POST', `groups/${group.id}/members/$ref`, { '@odata.id': `users/${user.id}` });
    await as('ada@example.com');
    for (const base of ['/beta', '/v1.0']) {
      const { body, status } = await send('GET', `${base}/me`);
      expect([status, body.id, body['@odata.context']]).toEqual([200, user.id, `http://localhost:8080${base}/$metadata#users/$entity`]);
      expect(await idsOf(`${base}/me/managedDevices`)).toEqual([device.id]);
      expect(await idsOf(`${base}/me/memberOf`)).toEqual([group.id]);
      expect((await send('GET', `${base}/me/transitiveMemberOf/$count`)).text).toBe('1');
    }
    expect((await send('PATCH', 'me?$select=id,displayName', { displayName: 'Countess' })).body).toMatchObject({
      id: user.id,
      displayName: 'Countess',
    });
    expect((await send('GET', 'me/displayName/$value')).text).toBe('Countess');
  });

  it('is in the directory from the first time it is asked for', async () => {
    await as('new@example.com', ['User.Read']);
    const { body } = await send('GET', 'me');
    expect(body).toMatchObject({ userPrincipalName: 'new@example.com', accountEnabled: true });
    expect((await send('GET', 'me')).body.id).toBe(body.id);
    expect((await send('PATCH', 'me', { displayName: 'x' })).status).toBe(403);
    sendAs(await api.token({ tenantId }));
    expect(await list('users')).toMatchObject([{ id: body.id }]);
  });

  it('is nobody for an application of its own', async () => {
    for (const path of ['me', 'me/managedDevices', '/v1.0/me/memberOf'])
      expectRefusal(await send('GET', path), { status: 400, code: 'invalidRequest', says: /delegated/ });
    expect(await list('users')).toEqual([]);
  });
});

describe('what a tenant has one of', () => {
  it('its organization, with its id', async () => {
    for (const path of ['organization', '/v1.0/organization'])
      expect(await list(path)).toMatchObject([{ id: tenantId, displayName: 'Muster' }]);
    expect(await list("organization?$filter=displayName eq 'other'")).toEqual([]);
    expect((await send('GET', `organization/${tenantId}?$select=id,verifiedDomains`)).body.verifiedDomains).toMatchObject([
      { isDefault: true },
    ]);
    expect((await send('GET', 'organization/$count')).text).toBe('1');
    const change = { technicalNotificationMails: ['it@example.com'] };
    expect((await send('PATCH', `organization/${tenantId}`, { ...change, displayName: 'ignored' })).status).toBe(204);
    expect((await send('GET', `organization/${tenantId}`)).body).toMatchObject({
      ...change,
      displayName: 'Muster',
    });
    expect((await send('GET', `organization/${tenantId}`)).body).toMatchObject(change);
    expect((await send('GET', `organization/${uuidV4()}`)).status).toBe(404);
    for (const method of ['POST', 'DELETE'])
      expect(
        (await send(method, method === 'POST' ? 'organization' : `organization/${tenantId}`, method === 'POST' ? {} : undefined)).status,
      ).toBe(405);
  });

  it.each([
    ['deviceComplianceCheckinThresholdDays', 120],
    ['deviceInactivityBeforeRetirementInDay', 270],
  ])('its setting %s of 0 to %i days, and no other', async (name, most) => {
    for (const days of [0, most]) {
      const { status, body } = await send('PATCH', 'deviceManagement', { settings: { [name]: days } });
      expect([status, body.settings[name]]).toEqual([200, days]);
    }
    for (const days of [-1, most + 1]) {
      const refused = await send('PATCH', 'deviceManagement', { settings: { [name]: days } });
      expectRefusal(refused, { status: 400, code: 'invalidValue', target: `settings/${name}` });
    }
  });

  it('its settings of device management', async () => {
    const { body, headers } = await send('GET', 'deviceManagement');
    expect(body).toMatchObject({ id: tenantId, subscriptionState: 'active', settings: { deviceComplianceCheckinThresholdDays: 30 } });
    const settings = { ...body.settings, deviceComplianceCheckinThresholdDays: 7, secureByDefault: true };
    const changed = await send('PATCH', 'deviceManagement', { settings, id: uuidV4() });
    expect(changed.body).toMatchObject({ id: tenantId, settings });
    expect((await send('GET', '/v1.0/deviceManagement?$select=settings')).body).toMatchObject({ settings });
    expect((await send('GET', 'deviceManagement/settings')).body).toMatchObject({ secureByDefault: true });
    const stale = await api.request('PATCH', 'deviceManagement', { token, body: {}, headers: { 'if-match': headers.etag! } });
    expectRefusal(stale, { status: 412, code: 'preconditionFailed' });
    expectRefusal(await send('PATCH', 'deviceManagement', { settings: { deviceComplianceCheckinThresholdDays: 121 } }), {
      status: 400,
      code: 'invalidValue',
    });
    sendAs(await api.token({ tenantId: uuidV4() }));
    expect((await send('GET', 'deviceManagement')).body.settings).toMatchObject({ deviceComplianceCheckinThresholdDays: 30 });
  });

  it('its device management as the owner of all its devices and policies', async () => {
    const device = await create(DEVICES, { deviceName: 'PC' });
    const { body } = await send('GET', 'deviceManagement?$expand=managedDevices($select=deviceName),hardwareConfigurations');
    expect(body).toMatchObject({ id: tenantId, managedDevices: [{ deviceName: 'PC' }], hardwareConfigurations: [] });
    expect(await idsOf(DEVICES)).toEqual([device.id]);
  });

  it('once, however many ask for it first', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send('GET', 'organization')));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await list('organization')).toHaveLength(1);
  });
});
