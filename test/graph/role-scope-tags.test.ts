import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi, TestAnswer } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { groupBody, groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Scope tags, what carries them, and what a caller with role assignments sees and changes. */

const TAGS = 'deviceManagement/roleScopeTags';
const ROLES = 'deviceManagement/roleDefinitions';
const ASSIGNMENTS = 'deviceManagement/roleAssignments';
const DEVICES = 'deviceManagement/managedDevices';
const HEALTH = 'deviceManagement/deviceHealthScripts';
const CAST = 'microsoft.graph.deviceAndAppManagementRoleAssignment';

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

/** Requests of one caller in one tenant. */
class Caller {
  readonly #token: string;
  readonly #headers: Readonly<Record<string, string>>;
  constructor(token: string, headers: Readonly<Record<string, string>> = {}) {
    this.#token = token;
    this.#headers = headers;
  }

  /** The same, answered as the service does. */
  get ofService(): Caller {
    return new Caller(this.#token, { prefer: 'muster.profile=service' });
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
  request(method: string, path: string, body?: unknown): Promise<TestAnswer<any>> {
    return api.request(method, path, { token: this.#token, headers: this.#headers, ...(body === undefined ? {} : { body }) });
  }

  async create(path: string, body: object): Promise<string> {
    const answer = await this.request('POST', path, body);
    expect(answer.status, answer.text).toBe(201);
    return answer.body.id;
  }

  async done(method: string, path: string, body?: unknown) {
    const answer = await this.request(method, path, body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.body;
  }

  async ids(path: string): Promise<string[]> {
    return (await this.done('GET', path)).value.map(({ id }: { id: string }) => id).sort();
  }
}

/** A tenant of its own: its application, which nothing limits, and its users. */
async function tenant() {
  const tenantId = uuidV4();
  const admin = new Caller(await api.token({ tenantId }));
  const as = async (userPrincipalName: string) => new Caller(await api.token({ tenantId, userPrincipalName }));
  const user = (userPrincipalName: string) => admin.create('users', { userPrincipalName });
  const tag = () => admin.create(TAGS, { displayName: 'tag' });
  const role = await admin.create(ROLES, { displayName: 'role' });
  const assignment = (members: readonly string[], tags: readonly string[]) =>
    admin.create(ASSIGNMENTS, {
      members,
      'roleDefinition@odata.bind': `${ROLES}('${role}')`,
      'roleScopeTags@odata.bind': tags.map((id) => `${TAGS}('${id}')`),
    });
  const join = (group: string, member: string) =>
    admin.done('POST', `groups/${group}/members/$ref`, { '@odata.id': `directoryObjects/${member}` });
  return { admin, as, user, tag, role, assignment, join };
}

let t: Awaited<ReturnType<typeof tenant>>;
beforeEach(async () => {
  t = await tenant();
});

describe('scope tags', () => {
  it('are numbered; the Default tag is there from the start', async () => {
    expect((await t.admin.done('GET', TAGS)).value).toMatchObject([{ id: '0', displayName: 'Default', isBuiltIn: true }]);
    expect(await t.admin.done('GET', `${TAGS}/hasCustomRoleScopeTag`)).toMatchObject({ value: false });
    expect([await t.tag(), await t.tag()]).toEqual(['1', '2']);
    await t.admin.done('DELETE', `${TAGS}/2`);
    expect(await t.tag(), "the number of a tag that was deleted is nobody else's").toBe('3');
    expect(await t.admin.done('GET', `${TAGS}/hasCustomRoleScopeTag()`)).toMatchObject({ value: true });
    expect(await t.admin.ids(TAGS)).toEqual(['0', '1', '3']);
  });

  it('keeps the Default tag and its name', async () => {
    expectRefusal(await t.admin.request('DELETE', `${TAGS}/0`), { status: 409, code: 'inUse' });
    expectRefusal(await t.admin.request('PATCH', `${TAGS}/0`, { displayName: 'x' }), {
      status: 400,
      code: 'invalidValue',
      target: 'displayName',
    });
    expect(await t.admin.done('PATCH', `${TAGS}/0`, { displayName: 'Default', description: 'all' })).toMatchObject({ description: 'all' });
  });

  it('are found by id, in the ways that there are', async () => {
    const id = await t.tag();
    const found = [
      await t.admin.done('POST', `${TAGS}/getRoleScopeTagsById`, { roleScopeTagIds: [id, '99'] }),
      await t.admin.done('GET', `deviceManagement/getRoleScopeTagsByIds(ids=@i)?@i=["${id}","99"]`),
    ];
    for (const { value } of found) expect(value).toMatchObject([{ id, displayName: 'tag' }]);
    const resource = (name: string) => t.admin.request('GET', `deviceManagement/getRoleScopeTagsByResource(resource='${name}')`);
    expect((await resource('managedDevices')).body.value).toHaveLength(2);
    expectRefusal(await resource('nothing'), { status: 400, code: 'invalidValue', target: 'resource' });
  });

  it('must exist to be carried, as the service has it, and cannot go while they are', async () => {
    const unknown = { status: 400, code: 'invalidValue', target: 'roleScopeTagIds' } as const;
    expectRefusal(await t.admin.ofService.request('POST', HARDWARE, hardwareBody({ roleScopeTagIds: ['7'] })), unknown);
    const id = await t.tag();
    const policy = `${HARDWARE}/${await t.admin.create(HARDWARE, hardwareBody({ roleScopeTagIds: ['0', id] }))}`;
    expectRefusal(await t.admin.ofService.request('PATCH', policy, { roleScopeTagIds: ['9'] }), unknown);
    expectRefusal(await t.admin.request('DELETE', `${TAGS}/${id}`), { status: 409, code: 'inUse', says: 'hardwareConfiguration' });
    await t.admin.done('PATCH', policy, { roleScopeTagIds: ['0'] });
    expect((await t.admin.request('DELETE', `${TAGS}/${id}`)).status).toBe(204);
    expect((await t.admin.request('GET', `${TAGS}/${id}`)).status).toBe(404);
  });

  it('are listed, made, linked and taken off below a role assignment', async () => {
    const id = await t.tag();
    const below = `${ROLES}/${t.role}/roleAssignments/${await t.assignment(['nobody'], [id])}/${CAST}/roleScopeTags`;
    expect(await t.admin.ids(below)).toEqual([id]);
    expect((await t.admin.request('GET', `${below}/0`)).status).toBe(404);
    expect(await t.admin.create(below, { displayName: 'made here' })).toBe('2');
    await t.admin.done('POST', `${below}/$ref`, { '@odata.id': `${TAGS}('0')` });
    expect(await t.admin.ids(below)).toEqual(['0', '1', '2']);
    expect((await t.admin.done('GET', `${below}/$ref`)).value).toHaveLength(3);
    expect((await t.admin.done('POST', `${below}/2/assign`, { assignments: [groupTarget(uuidV4())] })).value).toHaveLength(1);
    expect(await t.admin.ids(`${below}/2/assignments`)).toHaveLength(1);
    expectRefusal(await t.admin.request('DELETE', `${TAGS}/2`), { status: 409, code: 'inUse', says: 'RoleAssignment' });
    expect((await t.admin.request('DELETE', `${below}/2`)).status).toBe(204);
    expect((await t.admin.request('DELETE', `${below}/0/$ref`)).status).toBe(204);
    expect(await t.admin.ids(below)).toEqual([id]);
    expect(await t.admin.ids(TAGS)).toEqual(['0', '1', '2']);
    expect(await t.admin.ids(`${ASSIGNMENTS}?$filter=roleScopeTags/any(s:s/id eq '1')`)).toHaveLength(1);
    expect(await t.admin.ids(`${ASSIGNMENTS}?$filter=roleScopeTags/any(s:s/id eq '2')`)).toEqual([]);
  });
});

describe('devices', () => {
  const tagsOf = async (id: string) => (await t.admin.done('GET', `${DEVICES}/${id}`)).roleScopeTagIds;

  it('get the tags of the groups that they are in, for as long as they are', async () => {
    const [tag, inner, outer] = [await t.tag(), await t.admin.create('groups', groupBody()), await t.admin.create('groups', groupBody())];
    const [given, plain] = [await t.admin.create(DEVICES, { roleScopeTagIds: ['0'] }), await t.admin.create(DEVICES, {})];
    expect([await tagsOf(given), await tagsOf(plain)]).toEqual([['0'], ['0']]);
    await t.join(inner, given);
    await t.join(inner, plain);
    await t.admin.done('POST', `${TAGS}/${tag}/assign`, { assignments: [groupTarget(outer)] });
    expect(await tagsOf(plain)).toEqual(['0']);
    await t.join(outer, inner);
    expect([await tagsOf(given), await tagsOf(plain)]).toEqual([['0', tag], [tag]]);
    expect((await t.admin.done('PATCH', `${DEVICES}/${plain}`, { notes: 'x' })).roleScopeTagIds).toEqual([tag]);
    await t.admin.done('DELETE', `groups/${inner}/members/${given}/$ref`);
    expect([await tagsOf(given), await tagsOf(plain)]).toEqual([['0'], [tag]]);
    await t.admin.done('DELETE', `groups/${outer}`);
    expect(await tagsOf(plain)).toEqual(['0']);
  });

  it('get the tags of all devices, without those that leave them out', async () => {
    const [tag, group, device] = [await t.tag(), await t.admin.create('groups', groupBody()), await t.admin.create(DEVICES, {})];
    await t.join(group, device);
    const all = { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } };
    const exclusion = { target: { '@odata.type': '#microsoft.graph.exclusionGroupAssignmentTarget', groupId: group } };
    const id = await t.admin.create(`${TAGS}/${tag}/assignments`, all);
    expect([await tagsOf(device), await tagsOf(await t.admin.create(DEVICES, {}))]).toEqual([[tag], [tag]]);
    await t.admin.create(`${TAGS}/${tag}/assignments`, exclusion);
    expect(await tagsOf(device)).toEqual(['0']);
    await t.admin.done('DELETE', `${TAGS}/${tag}/assignments/${encodeURIComponent(id)}`);
    expect(await tagsOf(device)).toEqual(['0']);
    const users = { target: { '@odata.type': '#microsoft.graph.allLicensedUsersAssignmentTarget' } };
    expectRefusal(await t.admin.request('POST', `${TAGS}/${tag}/assign`, { assignments: [users] }), { status: 400, code: 'invalidValue' });
  });
});

describe('a limited caller', () => {
  it('is limited from the moment that the first role assignment is answered, also in a group of groups', async () => {
    const [tag, user, inner, outer] = [
      await t.tag(),
      await t.user('a@x.com'),
      await t.admin.create('groups', groupBody()),
      await t.admin.create('groups', groupBody()),
    ];
    const policy = await t.admin.create(HARDWARE, hardwareBody());
    const caller = await t.as('a@x.com');
    expect(await caller.ids(HARDWARE)).toEqual([policy]);
    const assignment = await t.assignment([outer], [tag]);
    expect(await caller.ids(HARDWARE)).toEqual([policy]);
    await t.join(outer, inner);
    await t.join(inner, user);
    expect(await caller.ids(HARDWARE)).toEqual([]);
    expect(await (await t.as('b@x.com')).ids(HARDWARE)).toEqual([policy]);
    await t.admin.done('DELETE', `${ASSIGNMENTS}/${assignment}`);
    expect(await caller.ids(HARDWARE)).toEqual([policy]);
  });

  it('makes entities with the own tags, and gives and takes no others', async () => {
    const [mine, other] = [await t.tag(), await t.tag()];
    await t.assignment([await t.user('a@x.com')], [mine]);
    const caller = await t.as('a@x.com');
    const id = await caller.create(HARDWARE, hardwareBody());
    expect(await t.admin.done('GET', `${HARDWARE}/${id}`)).toMatchObject({ roleScopeTagIds: [mine] });
    expect(await t.admin.done('GET', `${DEVICES}/${await caller.create(DEVICES, {})}`)).toMatchObject({ roleScopeTagIds: [mine] });
    const refused = { status: 403, code: 'outOfScope', target: 'roleScopeTagIds' } as const;
    for (const tags of [[other], [mine, other], [], ['0']]) {
      expectRefusal(await caller.request('POST', HARDWARE, hardwareBody({ roleScopeTagIds: tags })), refused);
      expectRefusal(await caller.request('PATCH', `${HARDWARE}/${id}`, { roleScopeTagIds: tags }), refused);
    }
    await t.admin.done('PATCH', `${HARDWARE}/${id}`, { roleScopeTagIds: [mine, other] });
    expectRefusal(await caller.request('PATCH', `${HARDWARE}/${id}`, { roleScopeTagIds: [mine] }), refused);
    expectRefusal(await caller.request('PATCH', `${HARDWARE}/${id}`, { roleScopeTagIds: [other] }), refused);
    expect(await caller.done('PATCH', `${HARDWARE}/${id}`, { description: 'x' })).toMatchObject({ roleScopeTagIds: [mine, other] });
  });

  it('cannot widen the limits', async () => {
    const tag = await t.tag();
    const assignment = await t.assignment([await t.user('a@x.com')], [tag]);
    await t.admin.done('PATCH', `${ROLES}/${t.role}`, { roleScopeTagIds: [tag] });
    const caller = await t.as('a@x.com');
    const below = `${ROLES}/${t.role}/roleAssignments/${assignment}/${CAST}/roleScopeTags`;
    const attempts: [string, string, object?][] = [
      ['POST', TAGS, {}],
      ['PATCH', `${TAGS}/${tag}`, { displayName: 'x' }],
      ['DELETE', `${TAGS}/${tag}`],
      ['POST', `${TAGS}/${tag}/assign`, { assignments: [] }],
      ['POST', `${TAGS}/${tag}/assignments`, { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } }],
      ['POST', below, {}],
      ['POST', `${below}/$ref`, { '@odata.id': `${TAGS}/0` }],
      ['DELETE', `${below}/${tag}`],
      ['PATCH', `${ASSIGNMENTS}/${assignment}`, { members: [] }],
      ['DELETE', `${ASSIGNMENTS}/${assignment}`],
      ['DELETE', `${ROLES}/${t.role}`],
      ['POST', ROLES, {}],
    ];
    for (const [method, path, body] of attempts) {
      const answer = await caller.request(method, path, body);
      expect({ method, path, status: answer.status, code: answer.body.error?.innerError.code }).toEqual({
        method,
        path,
        status: 403,
        code: 'outOfScope',
      });
    }
    expect(await t.admin.ids(TAGS)).toEqual(['0', tag]);
    expect(await t.admin.ids(below)).toEqual([tag]);
  });

  it('reaches nothing that tells of a device or a script out of reach', async () => {
    const [mine, other, user] = [await t.tag(), await t.tag(), await t.user('a@x.com')];
    await t.assignment([user], [mine]);
    const caller = await t.as('a@x.com');
    const device = (tag: string) =>
      t.admin.create(DEVICES, {
        deviceName: 'PC',
        serialNumber: tag,
        roleScopeTagIds: [tag],
        managementAgent: 'configurationManagerClientMdm',
      });
    const script = (tag: string) => t.admin.create(HEALTH, { displayName: 'S', detectionScriptContent: 'eA==', roleScopeTagIds: [tag] });
    const devices = [await device(mine), await device(other)] as const;
    const scripts = [await script(mine), await script(other)] as const;
    const app = await t.admin.create('deviceManagement/detectedApps', { displayName: 'App' });
    const passwords: string[] = [];
    for (const [i, serialNumber] of [mine, other].entries()) {
      await t.admin.create('deviceManagement/hardwarePasswordDetails', { serialNumber });
      passwords.push(await t.admin.create('deviceManagement/hardwarePasswordInfo', { serialNumber }));
      const link = { '@odata.id': `${DEVICES}/${devices[i]}` };
      await t.admin.done('POST', `deviceManagement/detectedApps/${app}/managedDevices/$ref`, link);
      for (const policyId of scripts) await t.admin.done('POST', `${DEVICES}/${devices[i]}/deviceHealthScriptStates`, { policyId });
    }

    expect(await t.admin.ids('devices')).toEqual(devices.toSorted());
    for (const path of ['devices', 'deviceManagement/comanagedDevices', 'deviceManagement/hardwarePasswordDetails'])
      expect(await caller.ids(path), path).toEqual([devices[0]]);
    expect(await caller.ids('directoryObjects')).toEqual([devices[0], user].sort());
    expect(await caller.ids('deviceManagement/hardwarePasswordInfo')).toEqual([passwords[0]]);
    expect(await caller.ids(`deviceManagement/detectedApps/${app}/managedDevices`)).toEqual([devices[0]]);
    expect(await caller.ids(`${DEVICES}/${devices[0]}/detectedApps`)).toEqual([app]);
    expect((await caller.request('GET', `${DEVICES}/${devices[1]}/detectedApps`)).status).toBe(404);
    expect((await caller.request('GET', `devices/${devices[1]}/memberOf`)).status).toBe(404);
    const states = (await caller.done('GET', `${DEVICES}/${devices[0]}/deviceHealthScriptStates`)).value;
    expect(states).toMatchObject([{ policyId: scripts[0] }]);
    expect((await caller.request('GET', `${HEALTH}/${scripts[1]}/deviceRunStates`)).status).toBe(404);
    const run = (scriptPolicyId: string) =>
      caller.request('POST', `${DEVICES}/${devices[0]}/initiateOnDemandProactiveRemediation`, { scriptPolicyId });
    expectRefusal(await run(scripts[1]), { status: 400, code: 'referencedMissing' });
    expect((await run(scripts[0])).status).toBe(204);
    const reference = { '@odata.id': `${DEVICES}/${devices[1]}` };
    expectRefusal(await caller.request('POST', `deviceManagement/detectedApps/${app}/managedDevices/$ref`, reference), {
      status: 400,
      code: 'referencedMissing',
    });
  });

  it('does not see the members of a group that are out of reach', async () => {
    const [tag, group, device] = [
      await t.tag(),
      await t.admin.create('groups', groupBody()),
      await t.admin.create(DEVICES, { deviceName: 'PC' }),
    ];
    await t.join(group, device);
    await t.assignment([await t.user('a@x.com')], [tag]);
    const { value } = await (await t.as('a@x.com')).done('GET', `groups/${group}/members`);
    expect(value).toEqual([]);
  });

  it('is noticed when another process makes the first role assignment', async () => {
    const other = await startDescribedApi({ store: api.store });
    const tenantId = uuidV4();
    const token = await api.token({ tenantId, userPrincipalName: 'a@x.com' });
    const by = (to: InProcessApi) => async (request: string, body?: object) => {
      const [method, path] = request.split(' ') as [string, string];
      const answer = await to.request(method, path, { token, ...(body === undefined ? {} : { body }) });
      expect(answer.status, answer.text).toBeLessThan(300);
      return answer.body;
    };
    const [here, there] = [by(api), by(other)];
    await here(`POST ${HARDWARE}`, hardwareBody());
    expect((await here(`GET ${HARDWARE}`)).value).toHaveLength(1);
    const { id: tag } = await there(`POST ${TAGS}`, {});
    const { id: user } = await there('POST users', { userPrincipalName: 'a@x.com' });
    const { id: role } = await there(`POST ${ROLES}`, {});
    await there(`POST ${ASSIGNMENTS}`, {
      members: [user],
      'roleDefinition@odata.bind': `${ROLES}/${role}`,
      'roleScopeTags@odata.bind': [`${TAGS}/${tag}`],
    });
    expect((await there(`GET ${HARDWARE}`)).value).toEqual([]);
    api.clock.advance(1000);
    expect((await here(`GET ${HARDWARE}`)).value).toEqual([]);
  });
});

/** A tenant as a plain model has it. Tags and groups are named by number, users and what is tagged by their place in the list. */
const worlds = fc.record({
  policies: fc.array(fc.subarray([0, 1, 2, 3]), { minLength: 1, maxLength: 4 }),
  scripts: fc.array(fc.subarray([0, 1, 2, 3]), { minLength: 1, maxLength: 3 }),
  devices: fc.array(fc.subarray([0, 1, 2, 3]), { minLength: 1, maxLength: 3 }),
  /** Group → groups inside it, with higher numbers so that there is no end of cases and no circle. */
  nested: fc.subarray([
    [0, 1],
    [0, 2],
    [1, 2],
  ] as [number, number][]),
  /** Groups of each user. */
  users: fc.array(fc.subarray([0, 1, 2]), { minLength: 3, maxLength: 3 }),
  assignments: fc.array(fc.record({ groups: fc.subarray([0, 1, 2]), users: fc.subarray([0, 1, 2]), tags: fc.subarray([0, 1, 2, 3]) }), {
    maxLength: 3,
  }),
});
type World = typeof worlds extends fc.Arbitrary<infer W> ? W : never;

/** The tags that limit a user, or undefined. */
function limitOf(world: World, user: number): ReadonlySet<number> | undefined {
  const groups = new Set(world.users[user]);
  for (let size = -1; size !== groups.size; ) {
    size = groups.size;
    for (const [outer, inner] of world.nested) if (groups.has(inner)) groups.add(outer);
  }
  const own = world.assignments.filter((a) => a.users.includes(user) || a.groups.some((g) => groups.has(g)));
  return own.length === 0 ? undefined : new Set(own.flatMap(({ tags }) => (tags.length === 0 ? [0] : tags)));
}

const sees = (limit: ReadonlySet<number> | undefined, tags: readonly number[]): boolean =>
  limit === undefined || (tags.length === 0 ? [0] : tags).some((tag) => limit.has(tag));

describe('what a caller sees', () => {
  it('is what a plain model says, however it is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const { admin, as, user, tag, assignment, join } = await tenant();
        for (let i = 0; i < 3; i++) await tag();
        const roleScopeTagIds = (tags: readonly number[]) => tags.map(String);
        const groups = [
          await admin.create('groups', groupBody()),
          await admin.create('groups', groupBody()),
          await admin.create('groups', groupBody()),
        ];
        for (const [outer, inner] of world.nested) await join(groups[outer]!, groups[inner]!);
        const users: string[] = [];
        for (const [i, memberOf] of world.users.entries()) {
          users.push(await user(`u${i}@x.com`));
          for (const group of memberOf) await join(groups[group]!, users[i]!);
        }
        const make = async <T>(all: readonly (readonly number[])[], path: string, body: (changes: object) => T & object) => {
          const ids: string[] = [];
          for (const tags of all) ids.push(await admin.create(path, body({ roleScopeTagIds: roleScopeTagIds(tags) })));
          return ids;
        };
        const policies = await make(world.policies, HARDWARE, hardwareBody);
        const scripts = await make(world.scripts, SCRIPTS, scriptBody);
        const devices = await make(world.devices, DEVICES, (changes) => ({ deviceName: 'PC', ...changes }));
        for (const policy of policies) await admin.create(`${HARDWARE}/${policy}/deviceRunStates`, { deviceName: 'PC' });
        const states: string[][] = [];
        for (const script of scripts) {
          const below: string[] = [];
          for (const id of devices)
            below.push(await admin.create(`${SCRIPTS}/${script}/deviceRunStates`, { 'managedDevice@odata.bind': `${DEVICES}/${id}` }));
          states.push(below);
        }
        for (const { groups: g, users: u, tags } of world.assignments)
          await assignment([...g.map((i) => groups[i]!), ...u.map((i) => users[i]!)], roleScopeTagIds(tags));

        const callers = [{ caller: admin, limit: undefined as ReadonlySet<number> | undefined }];
        for (const i of users.keys()) callers.push({ caller: await as(`u${i}@x.com`), limit: limitOf(world, i) });
        for (const { caller, limit } of callers) {
          const sets = [
            { path: HARDWARE, ids: policies, tags: world.policies },
            { path: SCRIPTS, ids: scripts, tags: world.scripts },
            { path: DEVICES, ids: devices, tags: world.devices },
          ];
          for (const { path, ids, tags } of sets) {
            const visible = ids.filter((_, i) => sees(limit, tags[i]!)).sort();
            expect(await caller.ids(path)).toEqual(visible);
            expect(await caller.ids(`${path}?$filter=not roleScopeTagIds/any(t:t eq '9')&$orderby=id desc&$count=true`)).toEqual(visible);
            expect((await caller.request('GET', `${path}/$count`)).text).toBe(String(visible.length));
            for (const id of ids) {
              const status = visible.includes(id) ? 200 : 404;
              expect((await caller.request('GET', `${path}/${id}`)).status).toBe(status);
              expect((await caller.request('GET', `${path}/${id}/roleScopeTagIds`)).status).toBe(status);
              expect((await caller.request('PATCH', `${path}/${id}`, {})).status).toBe(status);
              if (path === DEVICES) continue;
              expect((await caller.request('GET', `${path}/${id}/deviceRunStates`)).status).toBe(status);
              expect((await caller.request('GET', `${path}/${id}/deviceRunStates/$count`)).status).toBe(status);
              expect((await caller.request('GET', `${path}/${id}/runSummary`)).status).toBe(status);
              if (status === 404) {
                expect((await caller.request('POST', `${path}/${id}/deviceRunStates`, {})).status).toBe(404);
                expect((await caller.request('POST', `${path}/${id}/assign`, {})).status).toBe(404);
                expect((await caller.request('DELETE', `${path}/${id}`)).status).toBe(404);
              }
            }
          }
          const inSight = devices.filter((_, i) => sees(limit, world.devices[i]!));
          const ofScripts = scripts.filter((_, i) => sees(limit, world.scripts[i]!));
          const expanded = (await caller.done('GET', `${SCRIPTS}?$expand=deviceRunStates($expand=managedDevice)`)).value;
          expect(expanded).toHaveLength(ofScripts.length);
          for (const { deviceRunStates } of expanded) {
            expect(deviceRunStates).toHaveLength(devices.length);
            const seen = deviceRunStates.map((s: { managedDevice: { id: string } | null }) => s.managedDevice?.id).filter(Boolean);
            expect(seen.sort()).toEqual(inSight.toSorted());
          }
          const any = (operator: string, condition: string) => caller.ids(`${SCRIPTS}?$filter=deviceRunStates/${operator}(s:${condition})`);
          expect(await any('any', "s/managedDevice/deviceName eq 'PC'")).toEqual(inSight.length > 0 ? ofScripts.toSorted() : []);
          expect(await any('all', 's/managedDevice ne null')).toEqual(inSight.length === devices.length ? ofScripts.toSorted() : []);
          for (const [i, script] of scripts.entries()) {
            if (!sees(limit, world.scripts[i]!)) continue;
            const below = `${SCRIPTS}/${script}/deviceRunStates`;
            const ofVisible = states[i]!.filter((_, device) => sees(limit, world.devices[device]!)).sort();
            expect(await caller.ids(`${below}?$filter=managedDevice/deviceName eq 'PC'`)).toEqual(ofVisible);
            for (const [device, state] of states[i]!.entries())
              expect((await caller.request('GET', `${below}/${state}/managedDevice`)).status).toBe(
                sees(limit, world.devices[device]!) ? 200 : 204,
              );
          }
        }
      }),
      { numRuns: 20 },
    );
  }, 120_000);
});
