import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created } from '../support/sample-bodies.ts';

/** Who is in a group, directly and through other groups, and what an object is in: the same relation read from both ends. */

const ORIGIN = 'http://localhost:8080';

let api: InProcessApi;
let token: string;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  token = await api.token({ tenantId: uuidV4() });
});

type Entity = Record<string, unknown> & { readonly id: string };

const send = (method: string, path: string, body?: unknown) =>
  api.request(method, path, { token, ...(body === undefined ? {} : { body }) });

const post = (path: string, body: object): Promise<Entity> =>
  created({ ...api, request: (method, url, options) => api.request(method, url, { ...options, token }) }, path, body);

const group = (changes: object = {}): Promise<Entity> =>
  post('groups', { displayName: 'G', mailEnabled: false, mailNickname: 'g', securityEnabled: true, ...changes });
const user = (name: string): Promise<Entity> => post('users', { displayName: name, userPrincipalName: `${name}@example.com` });
const device = (deviceName: string): Promise<Entity> => post('deviceManagement/managedDevices', { deviceName });
const add = (to: Entity, id: string) =>
  send('POST', `groups/${to.id}/members/$ref`, { '@odata.id': `${ORIGIN}/beta/directoryObjects/${id}` });

/** Every page of a collection. */
async function all(path: string): Promise<Entity[]> {
  const rows: Entity[] = [];
  for (let url: string | undefined = path; url !== undefined; ) {
    const answer: Awaited<ReturnType<typeof send>> = await send('GET', url);
    expect(answer.status, answer.text).toBe(200);
    rows.push(...answer.body.value);
    url = answer.body['@odata.nextLink']?.slice(ORIGIN.length);
  }
  return rows;
}

const idsOf = async (path: string): Promise<string[]> => (await all(path)).map(({ id }) => id);
const countOf = async (path: string): Promise<string> => (await send('GET', path)).text;

/** What can be reached over at least one edge. */
function reachable(edges: ReadonlyMap<string, ReadonlySet<string>>, from: string): Set<string> {
  const found = new Set<string>();
  const next = [...(edges.get(from) ?? [])];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    next.push(...(edges.get(id) ?? []));
  }
  return found;
}

it('transitive members are what can be reached, whatever is added and removed in whatever order', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ add: fc.boolean(), from: fc.nat(5), to: fc.nat(8) }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, top) => {
        token = await api.token({ tenantId: uuidV4() });
        const groups: Entity[] = [];
        for (let i = 0; i < 6; i += 1) groups.push(await group({ displayName: `G${i}` }));
        const objects = [...groups, await user('a'), await user('b'), await device('pc')];
        const kinds = objects.map((_, i) => (i < 6 ? 'group' : i < 8 ? 'user' : 'device'));
        const edges = new Map(groups.map(({ id }) => [id, new Set<string>()]));
        for (const step of steps) {
          const [from, to] = [groups[step.from]!, objects[step.to]!];
          const known = edges.get(from.id)!;
          if (step.add) {
            const expected = from === to ? 400 : known.has(to.id) ? 400 : 204;
            expect((await add(from, to.id)).status).toBe(expected);
            if (expected === 204) known.add(to.id);
          } else {
            const { status } = await send('DELETE', `groups/${from.id}/members/${to.id}/$ref`);
            expect(status).toBe(known.delete(to.id) ? 204 : 404);
          }
        }
        for (const { id } of groups) {
          const direct = [...edges.get(id)!].sort();
          const through = [...reachable(edges, id)].sort();
          expect(await idsOf(`groups/${id}/members?$top=${top}`)).toEqual(direct);
          expect(await idsOf(`groups/${id}/transitiveMembers?$top=${top}`)).toEqual(through);
          expect(await countOf(`groups/${id}/transitiveMembers/$count`)).toBe(String(through.length));
          for (const kind of ['user', 'group', 'device']) {
            const ofKind = through.filter((one) => kinds[objects.findIndex((object) => object.id === one)] === kind);
            expect(await idsOf(`groups/${id}/transitiveMembers/microsoft.graph.${kind}`)).toEqual(ofKind);
            expect(await countOf(`groups/${id}/transitiveMembers/microsoft.graph.${kind}/$count`)).toBe(String(ofKind.length));
          }
        }
        for (const [i, { id }] of objects.entries()) {
          const above = groups.filter((one) => reachable(edges, one.id).has(id)).map((one) => one.id);
          expect(await idsOf(`${kinds[i]}s/${id}/transitiveMemberOf?$top=${top}`)).toEqual(above.sort());
          expect(await idsOf(`${kinds[i]}s/${id}/memberOf`)).toEqual(
            groups
              .filter((one) => edges.get(one.id)!.has(id))
              .map((one) => one.id)
              .sort(),
          );
        }
      },
    ),
    { numRuns: propertyRuns(15) },
  );
});

describe('members as a collection', () => {
  let outer: Entity;
  let inner: Entity;
  let ada: Entity;
  let pc: Entity;
  beforeEach(async () => {
    [outer, inner, ada, pc] = [
      await group({ displayName: 'Outer' }),
      await group({ displayName: 'Inner' }),
      await user('ada'),
      await device('PC'),
    ];
    for (const { id } of [inner, ada, pc]) expect((await add(outer, id)).status).toBe(204);
  });

  it('are answered each as what it is', async () => {
    expect(await all(`groups/${outer.id}/members?$orderby=displayName`)).toMatchObject([
      { '@odata.type': '#microsoft.graph.group', id: inner.id, displayName: 'Inner', securityEnabled: true },
      { '@odata.type': '#microsoft.graph.device', id: pc.id, displayName: 'PC', isManaged: true },
      { '@odata.type': '#microsoft.graph.user', id: ada.id, displayName: 'ada', userPrincipalName: 'ada@example.com' },
    ]);
    const plain = await api.request('GET', `groups/${outer.id}/members`, { token, headers: { prefer: 'muster.profile=service' } });
    expect(plain.body.value.map((row: Entity) => row['@odata.type'])).toHaveLength(3);
    expect(plain.body.value[0]['@odata.type']).toMatch(/^#microsoft\.graph\./);
  });

  it('are selected by what any of them has', async () => {
    const rows = await all(`groups/${outer.id}/members?$select=id,userPrincipalName&$orderby=displayName desc`);
    expect(rows).toEqual([
      { '@odata.type': '#microsoft.graph.user', id: ada.id, userPrincipalName: 'ada@example.com' },
      { '@odata.type': '#microsoft.graph.device', id: pc.id },
      { '@odata.type': '#microsoft.graph.group', id: inner.id },
    ]);
    expectRefusal(await send('GET', `groups/${outer.id}/members?$select=colour`), { status: 400, code: 'invalidQueryOption' });
  });

  it('are filtered, searched, ordered, counted, skipped', async () => {
    const members = `groups/${outer.id}/members`;
    expect(await idsOf(`${members}?$filter=startswith(displayName,'a')`)).toEqual([ada.id]);
    expect(await idsOf(`${members}?$search="displayName:Inn"`)).toEqual([inner.id]);
    expect(await idsOf(`${members}?$orderby=displayName&$skip=1&$top=1`)).toEqual([pc.id, ada.id]);
    expect((await send('GET', `${members}?$count=true&$filter=displayName ne 'PC'&$top=1`)).body).toMatchObject({ '@odata.count': 2 });
    expect(await countOf(`${members}/$count?$filter=displayName eq 'PC'`)).toBe('1');
    expect(await idsOf(`${members}/microsoft.graph.user?$filter=userPrincipalName eq 'ada@example.com'`)).toEqual([ada.id]);
    expect(await idsOf(`${members}/microsoft.graph.user?$filter=userPrincipalName eq 'bob@example.com'`)).toEqual([]);
  });

  it('are one by one, cast or not, and only if they are members', async () => {
    expect((await send('GET', `groups/${outer.id}/members/${ada.id}`)).body).toMatchObject({
      '@odata.type': '#microsoft.graph.user',
      userPrincipalName: 'ada@example.com',
    });
    expect((await send('GET', `groups/${outer.id}/members/${ada.id}/microsoft.graph.user`)).status).toBe(200);
    expect((await send('GET', `groups/${outer.id}/members/${ada.id}/microsoft.graph.group`)).status).toBe(404);
    expect((await send('GET', `groups/${inner.id}/members/${ada.id}`)).status).toBe(404);
    expect((await send('GET', `groups/${inner.id}/members/${ada.id}/microsoft.graph.user/memberOf`)).status).toBe(404);
    expect(await idsOf(`groups/${outer.id}/members/${ada.id}/microsoft.graph.user/memberOf`)).toEqual([outer.id]);
  });

  it('are conditions of groups', async () => {
    expect(await idsOf("groups?$filter=members/any(m:m/displayName eq 'ada')")).toEqual([outer.id]);
    expect(await idsOf('groups?$filter=not members/any()')).toEqual([inner.id]);
    for (const option of ["$filter=transitiveMembers/any(m:m/displayName eq 'bob')", '$expand=transitiveMembers'])
      expectRefusal(await send('GET', `groups?${option}`), { status: 400, code: 'unsupportedQueryOption' });
    expect(await idsOf("users?$filter=memberOf/any(g:g/displayName eq 'Outer')")).toEqual([ada.id]);
  });

  it('are expanded, from both ends', async () => {
    const { body } = await send('GET', `groups/${outer.id}?$expand=members($select=id;$orderby=displayName),owners`);
    expect(body.members.map(({ id }: Entity) => id)).toEqual([inner.id, pc.id, ada.id]);
    expect(body.owners).toEqual([]);
    expect((await send('GET', `users/${ada.id}?$expand=memberOf($select=displayName)`)).body.memberOf).toEqual([
      { '@odata.type': '#microsoft.graph.group', displayName: 'Outer' },
    ]);
  });

  it('are references that can be read', async () => {
    const references = await all(`groups/${outer.id}/members/$ref`);
    const read = await Promise.all(
      references.map(async (reference) => (await send('GET', String(reference['@odata.id']).slice(ORIGIN.length))).body.id),
    );
    expect(read.sort()).toEqual([inner.id, ada.id, pc.id].sort());
    expectRefusal(await send('GET', `groups/${outer.id}/members/$ref?$select=id`), { status: 400, code: 'invalidQueryOption' });
  });

  it('stay as they are when somebody cannot be added', async () => {
    const refused = await send('PATCH', `groups/${outer.id}`, { description: 'new', 'members@odata.bind': [`users/${uuidV4()}`] });
    expectRefusal(refused, { status: 404, code: 'notFound', target: 'members' });
    expect((await send('GET', `groups/${outer.id}`)).body.description).toBeNull();
    expect(await countOf(`groups/${outer.id}/members/$count`)).toBe('3');
  });

  it('cannot be changed where they are worked out', async () => {
    for (const [method, path, body] of [
      ['POST', `groups/${outer.id}/transitiveMembers/$ref`, { '@odata.id': `users/${ada.id}` }],
      ['POST', `users/${ada.id}/memberOf/$ref`, { '@odata.id': `groups/${inner.id}` }],
      ['POST', 'devices', { displayName: 'x' }],
      ['DELETE', `devices/${pc.id}`, undefined],
    ] as const)
      expect([path, (await send(method, path, body)).status >= 400]).toEqual([path, true]);
    expectRefusal(await send('PATCH', `users/${ada.id}`, { 'memberOf@odata.bind': [`groups/${inner.id}`] }), {
      status: 400,
      code: 'invalidValue',
    });
  });
});

describe('links made with an entity', () => {
  it('members and owners', async () => {
    const [ada, bob] = [await user('ada'), await user('bob')];
    const made = await group({ 'members@odata.bind': [`${ORIGIN}/v1.0/users/${ada.id}`], 'owners@odata.bind': [`users('${bob.id}')`] });
    expect(await idsOf(`groups/${made.id}/members`)).toEqual([ada.id]);
    expect(await idsOf(`groups/${made.id}/owners/microsoft.graph.user`)).toEqual([bob.id]);
    expect((await send('PATCH', `groups/${made.id}`, { 'members@odata.bind': [`users/${bob.id}`] })).status).toBe(204);
    expect((await idsOf(`groups/${made.id}/members`)).sort()).toEqual([ada.id, bob.id].sort());
    expect((await send('DELETE', `groups/${made.id}/owners/${bob.id}/$ref`)).status).toBe(204);
    expect(await idsOf(`groups/${made.id}/owners`)).toEqual([]);
  });

  it('nothing is created when one of them cannot be linked', async () => {
    const refused = await send('POST', 'groups', {
      displayName: 'G',
      mailEnabled: false,
      mailNickname: 'g',
      securityEnabled: true,
      'members@odata.bind': [`users/${uuidV4()}`],
    });
    expectRefusal(refused, { status: 404, code: 'notFound', target: 'members' });
    expect(await all('groups')).toEqual([]);
  });

  it('rules of dynamic groups are kept', async () => {
    const rule = { membershipRule: "user.department -eq 'IT'", membershipRuleProcessingState: 'On', groupTypes: ['DynamicMembership'] };
    expect(await group(rule)).toMatchObject(rule);
    expect(await all("groups?$filter=groupTypes/any(t:t eq 'DynamicMembership')")).toMatchObject([rule]);
  });
});

it('groups are found and ordered by how many members and owners they have', async () => {
  const [ada, bob] = [await user('ada'), await user('bob')];
  const none = await group();
  const both = await group({ 'members@odata.bind': [`users/${ada.id}`, `users/${bob.id}`] });
  const one = await group({ 'members@odata.bind': [`users/${ada.id}`], 'owners@odata.bind': [`users/${bob.id}`] });
  const found = async (filter: string) => idsOf(`groups?$filter=${encodeURIComponent(filter)}`);
  expect(await found('owners/$count eq 0')).toEqual([none.id, both.id]);
  expect(await found('members/$count ge 1')).toEqual([both.id, one.id]);
  expect(await found(`members/$count($filter=id ne '${ada.id}') eq 1`)).toEqual([both.id]);
  // One group a page: the links go on behind a count.
  expect(await idsOf('groups?$orderby=members/$count desc&$top=1')).toEqual([both.id, one.id, none.id]);
});

describe('expansions of many rows', () => {
  it('end a page early rather than leave something out', { timeout: 120_000 }, async () => {
    const members: string[] = [];
    for (let i = 0; i < 90; i += 1) members.push(`users/${(await user(`u${i}`)).id}`);
    const groups: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      const { id } = await group();
      groups.push(id);
      // One request adds 20 at most.
      for (let from = 0; from < members.length; from += 20) {
        const change = { 'members@odata.bind': members.slice(from, from + 20) };
        expect((await send('PATCH', `groups/${id}`, change)).status).toBe(204);
      }
    }
    const first = (await send('GET', 'groups?$expand=members($select=id)&$count=true')).body;
    const expanded = (page: { value: { members: unknown[] }[] }): number => page.value.reduce((sum, row) => sum + row.members.length, 0);
    expect(first['@odata.count']).toBe(60);
    expect(first.value.length).toBeLessThan(60);
    expect(expanded(first)).toBeLessThanOrEqual(5000 + 1);
    expect(first['@odata.nextLink']).toEqual(expect.any(String));

    // Whoever follows all links sees every group with every member, each once.
    const seen = new Map<string, string[]>();
    for (const row of await all('groups?$expand=members($select=id)')) {
      const rest = row['members@odata.nextLink'];
      const more = rest === undefined ? [] : await idsOf(String(rest).slice(ORIGIN.length));
      expect(seen.has(row.id)).toBe(false);
      seen.set(row.id, [...(row.members as Entity[]).map(({ id }) => id), ...more].sort());
    }
    const everybody = members.map((url) => url.slice('users/'.length)).sort();
    expect([...seen.keys()].sort()).toEqual(groups.sort());
    for (const found of seen.values()) expect(found).toEqual(everybody);
  });
});
