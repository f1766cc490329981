import { afterAll, beforeAll, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { allPermissions } from '../../src/model/index.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, groupTarget } from '../support/sample-bodies.ts';
import { documentedProperties, published } from '../support/surface-facts.ts';

/** Walks the published operations of scope tags, at both of their places: each answers with its documented status and the whole type. */

const TAGS = 'deviceManagement/roleScopeTags';

const operations = published
  .filter(({ family }) => family === 'roleScopeTag')
  .map((operation) => [`${operation.method} ${operation.path}`, operation] as const);

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

/** A path with the ids of entities made for the occasion; the tag is on a role assignment where the path leads through one. */
async function withIds(path: string): Promise<string> {
  const role = (await created(api, 'deviceManagement/roleDefinitions', {})).id;
  const tag = (await created(api, TAGS, {})).id;
  const assignment = (await created(api, `${TAGS}/${tag}/assignments`, groupTarget(uuidV4()))).id;
  const ids: Readonly<Record<string, string>> = {
    roleDefinitions: role,
    roleAssignments: path.includes('roleAssignments') ? await roleAssignment(role, tag) : '',
    roleScopeTags: tag,
    assignments: assignment,
  };
  return path.replace('(ids={ids})', '').replaceAll(/([^/]+)\/\{\w+\}/g, (_, name: string) => `${name}/${encodeURIComponent(ids[name]!)}`);
}

const roleAssignment = async (role: string, tag: string): Promise<string> =>
  (
    await created(api, `deviceManagement/roleDefinitions/${role}/roleAssignments`, {
      '@odata.type': '#microsoft.graph.deviceAndAppManagementRoleAssignment',
      members: [],
      'roleScopeTags@odata.bind': [`roleScopeTags/${tag}`],
    })
  ).id;

/** What actions and functions are called with. */
const ARGUMENTS: Readonly<Record<string, object | string>> = {
  assign: { assignments: [groupTarget(uuidV4())] },
  getRoleScopeTagsById: { roleScopeTagIds: Array.from({ length: 100 }, (_, id) => String(id)) },
  getRoleScopeTagsByIds: `(ids=@i)?@i=["0"]`,
  getRoleScopeTagsByResource: `(resource='managedDevices')`,
};

/** Names that have nothing to do with these tags, and those that only read. */
const FOREIGN = allPermissions.filter((permission) => !permission.startsWith('DeviceManagement'));
const READ_NAMES = allPermissions.filter((permission) => permission.endsWith('.Read.All'));

it.each(operations)('%s', async (_, { method, path, status, kind }) => {
  const target = await withIds(path);
  const name = path.split('/').at(-1)!;
  const given = ARGUMENTS[name];
  const body = typeof given === 'object' ? given : name.includes('ssignment') ? groupTarget(uuidV4()) : {};
  const url = `/beta${target}${typeof given === 'string' ? given : ''}`;
  const request = method === 'GET' || method === 'DELETE' ? {} : { body };
  expectRefusal(await api.request(method, url, { ...request, token: null }), { status: 401, code: 'missingToken' });
  const isLooking = method === 'GET' || name === 'getRoleScopeTagsById';
  const token = await api.token({ roles: isLooking ? FOREIGN : [...FOREIGN, ...READ_NAMES] });
  expectRefusal(await api.request(method, url, { ...request, token }), { status: 403, code: 'insufficientScope' });
  if (path.includes('{roleScopeTagId}')) {
    const stranger = await api.request(method, url, { ...request, token: await api.token({ tenantId: uuidV4() }) });
    expectRefusal(stranger, { status: 404, code: 'notFound' });
  }
  const answer = await api.request(method, url, request);
  expect(answer.status, answer.text).toBe(status);
  if (kind === 'count') expect(Number(answer.text)).toBeGreaterThan(0);
  if (kind === 'delete') expect((await api.request('GET', url)).status).toBe(404);
  const isMany = kind === 'list' || (name !== 'hasCustomRoleScopeTag' && (kind === 'function' || kind === 'action'));
  if (isMany) expect(answer.body.value.length).toBeGreaterThan(0);
  const entities = isMany ? answer.body.value : ['get', 'create', 'update'].includes(kind) ? [answer.body] : [];
  const type = /assign(ments)?(\/\{\w+\})?$/.test(path) ? 'roleScopeTagAutoAssignment' : 'roleScopeTag';
  for (const entity of entities)
    expect(Object.keys(entity)).toEqual(expect.arrayContaining(documentedProperties(type).map((property) => property.name)));
});

it('walks all of them', () => {
  expect(operations.length).toBeGreaterThan(25);
});
