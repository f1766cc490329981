import { describe, expect, it } from 'vitest';
import type { InProcessApi } from '../src/testing/in-process-api.ts';
import { HEALTH, newDevice, newScript, type ScriptFixture } from './health-fixtures.ts';
import { created } from './sample-bodies.ts';
import { sharedFile } from './shared-file.ts';

/** Walks the published operations below a family's root: each answers a valid request with its documented status and the whole type. */

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly kind: string;
}

interface Surface {
  readonly operations: readonly Operation[];
  readonly entityTypes: Readonly<Record<string, { readonly properties: readonly { readonly name: string }[] }>>;
}

/** What is walked on a machine without the published list. */
const ownOperations = (root: string): readonly Operation[] => [
  { method: 'GET', path: root, status: 200, kind: 'list' },
  { method: 'POST', path: root, status: 201, kind: 'create' },
  { method: 'PATCH', path: `${root}/{id}`, status: 200, kind: 'update' },
  { method: 'DELETE', path: `${root}/{id}`, status: 204, kind: 'delete' },
  { method: 'POST', path: `${root}/{id}/assign`, status: 204, kind: 'action' },
  { method: 'PATCH', path: `${root}/{id}/deviceRunStates/{id}`, status: 200, kind: 'update' },
  { method: 'DELETE', path: `${root}/{id}/runSummary`, status: 204, kind: 'delete' },
];

/** @param api asked for when a test runs */
export function walkScriptFamily(fixture: ScriptFixture, api: () => InProcessApi): void {
  const text = sharedFile('graph/surface.json');
  const surface = text === undefined ? undefined : (JSON.parse(text) as Surface);
  const root = `/${fixture.root}`;
  const published = (surface?.operations ?? []).filter(({ path }) => path === root || path.startsWith(`${root}/`));
  const operations = [...ownOperations(root), ...published];

  /** One of everything: collection name → id. */
  async function oneOfAll(): Promise<Record<string, string>> {
    const { id, path } = await newScript(api(), fixture);
    const device = await newDevice(api());
    return {
      '': id,
      assignments: (await created(api(), `${path}/assignments`, fixture.bodies.assignments!.create)).id,
      deviceRunStates: (await created(api(), `${path}/deviceRunStates`, { ...fixture.bodies.deviceRunStates!.create, ...device.bind })).id,
    };
  }

  /** A global script, where an operation is for those alone. */
  async function globalScript(): Promise<string> {
    await api().request('POST', `${fixture.root}/enableGlobalScripts`);
    return (await api().request('GET', `${fixture.root}?$filter=isGlobalScript eq true`)).body.value[0].id;
  }

  function bodyFor({ method, path, kind }: Operation, scriptPolicyId: string): object | undefined {
    if (method !== 'POST' && method !== 'PATCH') return undefined;
    const names = path.slice(root.length).split('/');
    if (kind === 'action') return fixture.parameters[names.at(-1)!] ?? (path.endsWith('Remediation') ? { scriptPolicyId } : {});
    const collection = names.filter((name) => name !== '' && !name.startsWith('{')).at(-1) ?? '';
    const bodies = fixture.bodies[collection];
    if (bodies === undefined) return {};
    if (method === 'PATCH') return bodies.update;
    return collection === 'assignments' ? { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } } : bodies.create;
  }

  describe(`operations below ${fixture.root}`, () => {
    it.each(operations.map((operation) => ({ ...operation, line: `${operation.method} ${operation.path}` })))(
      '$line: $status',
      async (operation) => {
        const ids = await oneOfAll();
        if (operation.path.includes('updateGlobalScript')) ids[''] = await globalScript();
        const path = operation.path.replaceAll(/([^/]+)\/\{\w+\}/g, (_, name: string) => `${name}/${ids[name] ?? ids['']!}`);
        const body = bodyFor(operation, operation.path.endsWith('Remediation') ? (await newScript(api(), HEALTH)).id : '');
        const answer = await api().request(operation.method, `/beta${path}`, body === undefined ? {} : { body });
        expect(answer.status, answer.text).toBe(operation.status);
        if (operation.kind === 'count') expect(answer.text).toMatch(/^\d+$/);
        if (operation.kind === 'update') expect(answer.body).toMatchObject(body!);
        if (operation.kind === 'delete' && !path.endsWith('runSummary')) {
          // A reference to what is gone is null.
          expect((await api().request('GET', `/beta${path}`)).status).toBe(path.endsWith('managedDevice') ? 204 : 404);
        }
        const entity = operation.kind === 'list' ? answer.body.value[0] : answer.body;
        if (!['list', 'get', 'create', 'update'].includes(operation.kind)) return;
        const type = String(entity['@odata.type']).replace('#microsoft.graph.', '');
        const names = (surface?.entityTypes[type]?.properties ?? []).map(({ name }) => name);
        // Of managed devices another suite tells which properties there are.
        if (type !== 'managedDevice') expect(Object.keys(entity)).toEqual(expect.arrayContaining(names));
      },
    );
  });
}
