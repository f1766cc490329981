import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../src/testing/in-process-api.ts';
import { created, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from './sample-bodies.ts';
import { sharedFile } from './shared-file.ts';

/** Walks the published operations of our families: each answers a valid request with its documented status and the whole type. */

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly kind: string;
  readonly query?: readonly string[];
}

interface Surface {
  readonly operations: readonly (Operation & { readonly family: string })[];
  readonly entityTypes: Readonly<Record<string, { readonly properties: readonly { readonly name: string }[] }>>;
}

const H = '/deviceManagement/hardwareConfigurations';
const S = '/deviceManagement/deviceManagementScripts';

/** What is walked on a machine without the published list. */
const OWN: readonly Operation[] = [H, S].flatMap((root): Operation[] => [
  { method: 'GET', path: root, status: 200, kind: 'list' },
  { method: 'POST', path: root, status: 201, kind: 'create' },
  { method: 'GET', path: `${root}/{policyId}`, status: 200, kind: 'get' },
  { method: 'PATCH', path: `${root}/{policyId}`, status: 200, kind: 'update' },
  { method: 'DELETE', path: `${root}/{policyId}`, status: 204, kind: 'delete' },
  { method: 'POST', path: `${root}/{policyId}/assign`, status: root === H ? 200 : 204, kind: 'action' },
  { method: 'POST', path: `${root}/{policyId}/userRunStates`, status: 201, kind: 'create' },
  { method: 'PATCH', path: `${root}/{policyId}/runSummary`, status: 200, kind: 'update' },
]);

const text = sharedFile('graph/surface.json');
const surface = text === undefined ? undefined : (JSON.parse(text) as Surface);
const published = (surface?.operations ?? []).filter(
  ({ family, path }) => ['hardwareConfiguration', 'deviceManagementScript'].includes(family) && (path.startsWith(H) || path.startsWith(S)),
);
const operations: readonly Operation[] = [...OWN, ...published];

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

/** A policy with one of everything below it: collection name → id of an item. */
async function policyWithAll(root: string): Promise<Record<string, string>> {
  const hardware = root === H;
  const policy = (await created(api, hardware ? HARDWARE : SCRIPTS, hardware ? hardwareBody() : scriptBody())).id;
  const path = `${root.slice(1)}/${policy}`;
  const device = await created(api, 'deviceManagement/managedDevices', { userPrincipalName: 'a@example.com' });
  const state = hardware ? { upn: 'a@example.com' } : { 'managedDevice@odata.bind': `deviceManagement/managedDevices/${device.id}` };
  const assignment = (await created(api, `${path}/assignments`, groupTarget('g1'))).id;
  return {
    '': policy,
    assignments: assignment,
    groupAssignments: assignment,
    deviceRunStates: (await created(api, `${path}/deviceRunStates`, state)).id,
    userRunStates: (
      await created(api, `${path}/userRunStates`, hardware ? { upn: 'a@example.com' } : { userPrincipalName: 'a@example.com' })
    ).id,
  };
}

const ids = (path: string, of: Record<string, string>): string =>
  path.replaceAll(/([^/]+)\/\{\w+\}/g, (_, name: string) => `${name}/${encodeURIComponent(of[name] ?? of['']!)}`);

/** A valid body for what a path ends in. */
function bodyFor({ method, path, kind }: Operation): object | undefined {
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (kind === 'action') {
    if (path.endsWith('hasPayloadLinks')) return { payloadIds: ['00000000-0000-0000-0000-000000000001'] };
    return path.startsWith(H)
      ? { hardwareConfigurationAssignments: [groupTarget('g2')] }
      : { deviceManagementScriptAssignments: [groupTarget('g2')] };
  }
  if (path.endsWith('groupAssignments') || path.endsWith('{deviceManagementScriptGroupAssignmentId}')) return { targetGroupId: 'g3' };
  if (/assignments(\/\{\w+\})?$/.test(path)) return groupTarget('g3');
  if (method === 'POST' && path === H) return hardwareBody();
  return {};
}

it.each(operations.map((operation) => ({ ...operation, line: `${operation.method} ${operation.path}` })))(
  '$line answers $status',
  async (operation) => {
    const { method, path, status, kind } = operation;
    const below = await policyWithAll(path.startsWith(H) ? H : S);
    const body = bodyFor(operation);
    const target = ids(path, below);
    const answer = await api.request(method, `/beta${target}`, body === undefined ? {} : { body });
    expect(answer.status, answer.text).toBe(status);
    if (status === 204) expect(answer.text).toBe('');
    if (kind === 'count') expect(answer.text).toMatch(/^\d+$/);
    if (kind === 'delete' && !path.endsWith('runSummary')) expect((await api.request('GET', `/beta${target}`)).status).toBe(404);
    const entity = kind === 'list' ? answer.body.value[0] : ['get', 'create', 'update'].includes(kind) ? answer.body : undefined;
    if (entity === undefined) return;
    const type = String(entity['@odata.type']).replace('#microsoft.graph.', '');
    const properties = surface?.entityTypes[type]?.properties ?? [];
    expect(Object.keys(entity)).toEqual(expect.arrayContaining(properties.map(({ name }) => name)));
  },
);

/** Query options that the official client offers, each with a value that applies everywhere. */
const OPTIONS: Readonly<Record<string, string>> = {
  $count: 'true',
  $expand: '*',
  $filter: "id ne 'x'",
  $orderby: 'id',
  $select: 'id',
  $skip: '0',
  $top: '5',
};

it.each([...new Set(operations.filter(({ kind }) => kind === 'list' || kind === 'get').map(({ path }) => path))])(
  'GET %s takes the options that its client offers',
  async (path) => {
    const below = await policyWithAll(path.startsWith(H) ? H : S);
    const single = path.endsWith('}') || path.endsWith('runSummary') || path.endsWith('managedDevice');
    for (const [name, value] of Object.entries(OPTIONS)) {
      if (single && name !== '$expand' && name !== '$select') continue;
      const answer = await api.request('GET', `/beta${ids(path, below)}?${name}=${encodeURIComponent(value)}`);
      expect(answer.status, `${name}: ${answer.text}`).toBe(200);
      if (!single) expect(answer.body.value.length).toBeGreaterThan(0);
    }
  },
);

it('walks both families', async () => {
  expect(surface === undefined || published.length > 60).toBe(true);
  expect(await rowsOf(api, HARDWARE)).not.toEqual([]);
});
