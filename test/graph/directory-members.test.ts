import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ComplexType, EntityType, EnumType } from '../../src/edm/declare.ts';
import { type Model, shapeOf } from '../../src/edm/link.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model, modelV1 } from '../../src/model/index.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { groupBody } from '../support/sample-bodies.ts';

/** What is documented of managed devices, users, groups and devices: all of it can be selected, filtered by and sent. */

interface Facts {
  readonly entityTypes: Readonly<Record<string, { readonly base: string; readonly members: Readonly<Record<string, string>> }>>;
  readonly complexTypes: Readonly<Record<string, { readonly abstract?: boolean; readonly members: Readonly<Record<string, string>> }>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The members that v1.0 has, too. */
  readonly v1: Readonly<Record<string, readonly string[]>>;
}

const facts = JSON.parse(readFileSync(new URL('../facts/directory-members.json', import.meta.url), 'utf8')) as Facts;

/** Types of other namespaces have their own name in ours. */
const bare = (name: string): string => name.slice(name.startsWith('Edm.') ? 0 : name.lastIndexOf('.') + 1);

/** The members of a type, as the facts have them: `type[]?`. */
const membersOf = (type: EntityType | ComplexType): Readonly<Record<string, string>> =>
  Object.fromEntries(
    shapeOf(type).visible.map(({ name, type: own, collection, nullable }) => [
      name,
      `${typeof own === 'string' ? own : own.name}${collection ? '[]' : ''}${nullable ? '?' : ''}`,
    ]),
  );

const documented = (members: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(members).map(([name, type]) => [name, bare(type)]));

const typeIn = (where: Model, name: string): EntityType | ComplexType | EnumType | undefined => where.findType(bare(name));

describe.each([
  ['beta', model],
  ['v1.0', modelV1],
] as const)('C17 in %s', (version, served) => {
  it.each(Object.entries(facts.entityTypes))('%s has all documented members, and no others', (name, { members }) => {
    const inherited = facts.entityTypes[facts.entityTypes[name]!.base]?.members ?? {};
    const all = documented({ ...inherited, ...members });
    const { id, ...ours } = membersOf(typeIn(served, name) as EntityType);
    expect(id).toBe('Edm.String');
    // Graph repeats the display name in each type that derives from it.
    const expected = name === 'directoryObject' ? { ...all, displayName: 'Edm.String?' } : all;
    expect(ours).toEqual(expected);
    if (version === 'v1.0') expect(Object.keys(ours)).toEqual(expect.arrayContaining([...(facts.v1[name] ?? [])]));
  });

  it.each(Object.entries(facts.complexTypes))('complex type %s', (name, { members, abstract = false }) => {
    const ours = typeIn(served, name) as ComplexType;
    expect(ours.abstract === true).toBe(abstract);
    // One that assignment filters had before is published with a name that may be null there.
    if (name !== 'keyValuePair') expect(membersOf(ours)).toMatchObject(documented(members));
  });

  it.each(Object.entries(facts.enums))('enumeration %s', (name, members) => {
    expect(Object.keys((typeIn(served, name) as EnumType).members)).toEqual(expect.arrayContaining(Object.keys(members)));
  });
});

let api: InProcessApi;
let token: string;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  token = await api.token({ tenantId: uuidV4() });
});

const send = (method: string, path: string, body?: unknown) =>
  api.request(method, path, { token, ...(body === undefined ? {} : { body }) });

async function create(path: string, body: object): Promise<Record<string, unknown> & { readonly id: string }> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

const DEVICES = 'deviceManagement/managedDevices';

const PLACES = [
  ['managedDevice', DEVICES, { deviceName: 'PC' }],
  ['user', 'users', { displayName: 'A', userPrincipalName: 'a@example.com' }],
  ['group', 'groups', groupBody()],
] as const;

describe.each(['/v1.0', '/beta'])('%s', (base) => {
  it.each(PLACES)('C17 each documented member of a %s can be selected, of one and in a list', async (name, path, body) => {
    const { id } = await create(`${base}/${path}`, body);
    const names = Object.keys(membersOf(model.findType(name) as EntityType));
    const empty = (members: Record<string, unknown>) => {
      for (const [member, type] of Object.entries(facts.entityTypes[name]!.members)) {
        const value = members[member];
        if (member in body || value === undefined) continue;
        if (type.endsWith('[]')) expect([member, value]).toEqual([member, []]);
      }
    };
    const selected = await send('GET', `${base}/${path}/${id}?$select=${names.join()}`);
    expect(selected.status, selected.text).toBe(200);
    expect(
      Object.keys(selected.body)
        .filter((member) => !member.startsWith('@'))
        .sort(),
    ).toEqual(names.toSorted());
    empty(selected.body);
    const listed = await send('GET', `${base}/${path}?$select=${names.join()}`);
    expect(
      Object.keys(listed.body.value[0])
        .filter((member) => !member.startsWith('@'))
        .sort(),
    ).toEqual(names.toSorted());
    empty(listed.body.value[0]);
    for (const member of names) expect([member, (await send('GET', `${base}/${path}?$select=id,${member}`)).status]).toEqual([member, 200]);
  });

  it.each(PLACES)('C17 what a %s is answered with can be sent back', async (_, path, body) => {
    const { id, ...known } = await create(`${base}/${path}`, body);
    const again = await send('PATCH', `${base}/${path}/${id}`, known);
    expect([200, 204], again.text).toContain(again.status);
    const { userPrincipalName, ...rest } = known;
    await create(`${base}/${path}`, { ...rest, ...(userPrincipalName === undefined ? {} : { userPrincipalName: 'b@example.com' }) });
  });
});

it('C17 a device of the directory has its members, in lists and in groups', async () => {
  const { id } = await create(DEVICES, { deviceName: 'PC' });
  const select = '$select=id,displayName,physicalIds,trustType,extensionAttributes,onPremisesSyncEnabled';
  const expected = { id, displayName: 'PC', physicalIds: [], trustType: null, extensionAttributes: null, onPremisesSyncEnabled: null };
  expect((await send('GET', `devices/${id}?${select}`)).body).toMatchObject(expected);
  expect((await send('GET', `devices?${select}`)).body.value).toMatchObject([expected]);
  const group = await create('groups', groupBody({ 'members@odata.bind': [`devices/${id}`] }));
  expect((await send('GET', `groups/${group.id}/members/microsoft.graph.device?${select}`)).body.value).toMatchObject([expected]);
  expect((await send('GET', `groups/${group.id}/members?${select}`)).body.value).toMatchObject([expected]);
});

it('C17 what tools select of run states’ devices', async () => {
  const device = await create(DEVICES, { deviceName: 'PC', azureADDeviceId: 'x' });
  const script = await create('deviceManagement/deviceManagementScripts', { displayName: 'S', fileName: 's.ps1', scriptContent: 'QQ==' });
  const states = `deviceManagement/deviceManagementScripts/${script.id}/deviceRunStates`;
  await create(states, { 'managedDevice@odata.bind': `${DEVICES}/${device.id}` });
  const { status, body } = await send(
    'GET',
    `${states}?$expand=managedDevice($select=deviceName,azureActiveDirectoryDeviceId,usersLoggedOn)`,
  );
  expect(status).toBe(200);
  expect(body.value[0].managedDevice).toMatchObject({ deviceName: 'PC', azureActiveDirectoryDeviceId: null, usersLoggedOn: [] });
});

/** A device as the service answers it, with what only it knows. */
const REAL_DEVICE = {
  '@odata.context': 'https://graph.microsoft.com/beta/$metadata#deviceManagement/managedDevices/$entity',
  '@odata.type': '#microsoft.graph.windowsManagedDevice',
  id: '5b5b2a5e-0000-4000-8000-000000000001',
  deviceName: 'PC',
  usersLoggedOn: [{ userId: '7a7a2a5e-0000-4000-8000-000000000001', lastLogOnDateTime: '2026-01-02T03:04:05Z' }],
  aadRegistered: true,
  azureActiveDirectoryDeviceId: '9c9c2a5e-0000-4000-8000-000000000001',
  complianceGracePeriodExpirationDateTime: '9999-12-31T23:59:59Z',
  configurationManagerClientEnabledFeatures: null,
  deviceActionResults: [
    { actionName: 'syncDevice', actionState: 'done', startDateTime: '2026-01-01T00:00:00Z', lastUpdatedDateTime: '2026-01-01T00:01:00Z' },
  ],
  deviceHealthAttestationState: null,
  easActivated: true,
  easActivationDateTime: '0001-01-01T00:00:00Z',
  exchangeAccessState: 'allowed',
  lostModeState: 'disabled',
  managementCertificateExpirationDate: '2027-01-01T00:00:00Z',
  managementFeatures: 'none',
  partnerReportedThreatState: 'secured',
  subscriberCarrier: '',
  cloudPcRemoteActionResults: [],
};

describe('C17 a real device', () => {
  it('is stored with all that it has', async () => {
    const { '@odata.context': _, '@odata.type': __, id: ___, ...own } = REAL_DEVICE;
    const made = await create(DEVICES, REAL_DEVICE);
    expect(made).toMatchObject(own);
    expect((await send('GET', `${DEVICES}/${made.id}`)).body).toMatchObject(own);
    expect((await send('GET', DEVICES)).body.value).toMatchObject([own]);
    const changed = await send('PATCH', `${DEVICES}/${made.id}`, { lostModeState: 'enabled', usersLoggedOn: [] });
    expect(changed.body).toMatchObject({ ...own, lostModeState: 'enabled', usersLoggedOn: [] });
    expect((await send('GET', `${DEVICES}/${made.id}`)).body).toEqual(changed.body);
  });

  it('is found and ordered by what it has; where nothing is known, that is null', async () => {
    const real = await create(DEVICES, REAL_DEVICE);
    const other = await create(DEVICES, { deviceName: 'other' });
    const found = async (query: string) => {
      const answer = await send('GET', `${DEVICES}?${query}`);
      expect(answer.status, `${query}: ${answer.text}`).toBe(200);
      return answer.body.value.map(({ id }: { readonly id: string }) => id);
    };
    for (const filter of [
      'easActivated eq true',
      "azureActiveDirectoryDeviceId eq '9c9c2a5e-0000-4000-8000-000000000001'",
      'managementCertificateExpirationDate gt 2026-12-31T00:00:00Z',
      "partnerReportedThreatState eq 'secured'",
      "usersLoggedOn/any(u:u/userId eq '7a7a2a5e-0000-4000-8000-000000000001')",
      'usersLoggedOn/$count gt 0',
      "startswith(azureActiveDirectoryDeviceId,'9c9c')",
    ])
      expect([filter, await found(`$filter=${filter}`)]).toEqual([filter, [real.id]]);
    expect(await found('$filter=azureActiveDirectoryDeviceId eq null')).toEqual([other.id]);
    expect(await found('$filter=meid eq null and aadRegistered ne true')).toEqual([other.id]);
    expect(await found('$orderby=azureActiveDirectoryDeviceId desc')).toEqual([real.id, other.id]);
    expect(await found('$orderby=managementCertificateExpirationDate&$top=1')).toEqual([other.id]);
  });
});

it('C17 users and groups keep what is sent of the rest', async () => {
  const user = await create('users', {
    displayName: 'A',
    userPrincipalName: 'a@example.com',
    city: 'Bern',
    otherMails: ['x@example.com'],
    onPremisesExtensionAttributes: { extensionAttribute1: 'one' },
  });
  expect((await send('GET', `users?$filter=city eq 'Bern'&$select=id,city`)).body.value).toMatchObject([{ id: user.id, city: 'Bern' }]);
  await send('PATCH', `users/${user.id}`, { onPremisesExtensionAttributes: { extensionAttribute2: 'two' }, city: null });
  expect((await send('GET', `users/${user.id}?$select=city,otherMails,onPremisesExtensionAttributes`)).body).toMatchObject({
    city: null,
    otherMails: ['x@example.com'],
    onPremisesExtensionAttributes: { extensionAttribute1: 'one', extensionAttribute2: 'two' },
  });
  expect(
    (await send('GET', "users?$filter=onPremisesExtensionAttributes/extensionAttribute2 eq 'two'&$select=id")).body.value,
  ).toHaveLength(1);
  expect((await send('GET', `users/${user.id}/otherMails`)).body.value).toEqual(['x@example.com']);
  const group = await create('groups', groupBody({ resourceProvisioningOptions: ['Team'] }));
  expect((await send('GET', "groups?$filter=resourceProvisioningOptions/any(x:x eq 'Team')")).body.value).toMatchObject([{ id: group.id }]);
  expect((await send('GET', 'directoryObjects?$filter=deletedDateTime eq null')).body.value).toHaveLength(2);
});
