import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_FILTERS, BACKUP_LISTS, BACKUP_SINGLES } from '../support/intunecd-lines.ts';
import { runServer, type TestServer } from '../support/running-server.ts';
import { customAttributeBody, groupBody, groupTarget, scriptBody, shellScriptBody } from '../support/sample-bodies.ts';
import { filterBody } from '../support/sample-filters.ts';

/**
 * IntuneCD's request lines, replayed over a socket in its order: a backup of everything, and updates from it. It takes an answer for a
 * failure unless its status is the one that the service sends, and so does this.
 */

const SCRIPTS = 'deviceManagement/deviceManagementScripts/';
const SHELL = 'deviceManagement/deviceShellScripts/';
const ATTRIBUTES = 'deviceManagement/deviceCustomAttributeShellScripts/';
const HEALTH = 'deviceManagement/deviceHealthScripts/';
const COMPLIANCE = 'deviceManagement/deviceComplianceScripts/';
const TAGS = 'deviceManagement/roleScopeTags/';
const FILTERS = 'deviceManagement/assignmentFilters/';

/** What it reads of each row of a list, and how it asks for the assignments. */
const DETAILS = [
  [SCRIPTS, '/assignments'],
  [SHELL, '?$expand=assignments'],
  [ATTRIBUTES, '?$expand=assignments'],
  [HEALTH, '/assignments'],
  [COMPLIANCE, ''],
] as const;

const STATUS = {
  service: { assigned: 200, deleted: 200, tagMade: 200 },
  docs: { assigned: 204, deleted: 204, tagMade: 201 },
} as const;

// biome-ignore lint/suspicious/noExplicitAny: as the tool sees it
type Body = any;

describe.each(['service', 'docs'] as const)('IntuneCD, profile %s', (profile) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await runServer({ profile, otherCollections: 'empty' });
  });
  afterAll(() => server.stop());

  /** As its one function for requests: pages are put together, and another status is a failure. */
  async function ask(path: string, { method = 'GET', status = 200, body = undefined as unknown, version = 'beta' } = {}): Promise<Body> {
    const answer = await fetch(path.startsWith('http') ? path : `${server.url}/${version}/${path}`, {
      method,
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    expect(answer.status, `${method} ${path}\n${text}`).toBe(status);
    if (text === '') return {};
    const read = JSON.parse(text);
    const next = read['@odata.nextLink'];
    if (method === 'GET' && next !== undefined) read.value.push(...(await ask(next)).value);
    return read;
  }

  /** Twenty at a time; each must be 200, and have headers. */
  async function batched(ids: readonly string[], url: string, extra: string): Promise<readonly Body[]> {
    const found: Body[] = [];
    for (let at = 0; at < ids.length; at += 20) {
      const requests = ids.slice(at, at + 20).map((id, n) => ({ id: at + n + 1, method: 'GET', url: url + id + extra }));
      const { responses } = await ask('$batch', { method: 'POST', body: { requests } });
      for (const { id, status, headers, body } of responses) {
        expect([status, typeof headers, requests.some((request) => request.id === Number.parseInt(id, 10))]).toEqual([200, 'object', true]);
        found.push(body);
      }
    }
    return found;
  }

  /** The assignments of things, by the context that names their owner; and groups and filters by name. */
  async function assignmentsOf(ids: readonly string[], url: string, extra: string): Promise<ReadonlyMap<string, readonly Body[]>> {
    const answers = (await batched(ids, url, extra)).map((body) =>
      extra === '/assignments'
        ? { context: body['@odata.context'], rows: body.value }
        : { context: body['assignments@odata.context'], rows: body.assignments },
    );
    const targets = answers.flatMap(({ rows }) => rows.map(({ target }: Body) => target));
    const groups = await batched(
      targets.flatMap(({ groupId }) => groupId ?? []),
      'groups/',
      '?$select=displayName,id,groupTypes,membershipRule',
    );
    const filters = await batched(
      targets.flatMap(({ deviceAndAppManagementAssignmentFilterId: id }) => id ?? []),
      FILTERS,
      '?$select=displayName',
    );
    for (const target of targets) {
      const group = groups.find(({ id }) => id === target.groupId);
      if (group !== undefined) target.groupName = group.displayName;
      const filter = filters.find(({ id }) => id === target.deviceAndAppManagementAssignmentFilterId);
      if (filter !== undefined) target.deviceAndAppManagementAssignmentFilterId = filter.displayName;
    }
    return new Map(ids.map((id) => [id, answers.filter(({ context }) => context.includes(id)).flatMap(({ rows }) => rows)]));
  }

  const made: Record<string, string> = {};
  const create = async (path: string, body: object, status = 201): Promise<string> =>
    (await ask(path, { method: 'POST', status, body })).id;
  const assign = (path: string, body: object) => ask(`${path}/assign`, { method: 'POST', status: STATUS[profile].assigned, body });

  it('IntuneCD updates: makes and assigns what the tenant does not have', async () => {
    made.group = await create('groups', groupBody({ displayName: 'Pilot' }));
    made.filter = await create(FILTERS, filterBody());
    made.tag = await create(TAGS, { displayName: 'Sales', description: 'x' }, STATUS[profile].tagMade);
    const found = await ask(`groups?%24filter=displayName+eq+%27Pilot%27`);
    const target = groupTarget(found.value[0].id).target;
    const filtered = {
      target: { ...target, deviceAndAppManagementAssignmentFilterId: made.filter, deviceAndAppManagementAssignmentFilterType: 'include' },
    };
    for (let n = 0; n < 25; n++) {
      made.script = await create(SCRIPTS, scriptBody({ displayName: `S${n}`, roleScopeTagIds: ['0', made.tag] }));
      await assign(SCRIPTS + made.script, { deviceManagementScriptAssignments: [filtered] });
    }
    made.shell = await create(SHELL, shellScriptBody());
    made.attribute = await create(ATTRIBUTES, customAttributeBody());
    // Both are assigned at the collection of the other kind.
    for (const id of [made.shell, made.attribute]) await assign(SCRIPTS + id, { deviceManagementScriptAssignments: [{ target }] });
    const runSchedule = { '@odata.type': '#microsoft.graph.deviceHealthScriptDailySchedule', interval: 1, time: '01:00', useUtc: true };
    made.health = await create(HEALTH, { displayName: 'H', publisher: 'IT', detectionScriptContent: 'aGk=', runAsAccount: 'system' });
    await assign(HEALTH + made.health, { deviceHealthScriptAssignments: [{ target, runRemediationScript: true, runSchedule }] });
    made.compliance = await create(COMPLIANCE, { displayName: 'C', publisher: 'IT', detectionScriptContent: 'aGk=' });
  });

  it('IntuneCD backs up everything: each list, details and assignments in batches of twenty', async () => {
    for (const path of BACKUP_LISTS) expect((await ask(path)).value, path).toBeInstanceOf(Array);
    for (const path of BACKUP_SINGLES) await ask(path, { status: 204 });
    expect(await ask('deviceManagement/settings')).toHaveProperty('secureByDefault');
    const owners: string[] = [];
    for (const [path, extra] of DETAILS) {
      const ids = (await ask(path)).value.map(({ id }: Body) => id);
      for (const body of await batched(ids, path, ''))
        expect(body.scriptContent ?? body.detectionScriptContent, path).toMatch(/^[A-Za-z0-9+/]+=*$/);
      if (extra !== '')
        for (const [id, rows] of await assignmentsOf(ids, path, extra)) if (rows[0]?.target.groupName === 'Pilot') owners.push(id);
    }
    expect(owners).toHaveLength(28);
    expect(owners).toEqual(expect.arrayContaining([made.script, made.shell, made.attribute, made.health]));
    for (const tag of ['0', made.tag]) await ask(`${TAGS}${tag}/assignments`);
  });

  it('IntuneCD asks who changed what', async () => {
    const now = Date.now() + 1_000;
    let count = 0;
    const moment = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('Z', '123Z'); // six digits, as Python writes
    for (const filter of AUDIT_FILTERS) {
      const query = new URLSearchParams({
        $filter: `${filter} and activityDateTime gt ${moment(now - 86_400_000)} and activityDateTime le ${moment(now)} and activityOperationType ne 'Get'`,
        $select: 'actor,activityDateTime,activityType,activityOperationType,activityResult,resources',
        $orderby: 'activityDateTime desc',
      });
      for (const event of (await ask(`deviceManagement/auditEvents?${query}`, { version: 'v1.0' })).value) {
        count++;
        expect(event.actor).toHaveProperty('auditActorType');
        expect(event.resources[0]).toMatchObject({ resourceId: expect.any(String), auditResourceType: expect.any(String) });
      }
    }
    expect(count).toBeGreaterThan(25);
  });

  it('IntuneCD updates: changes and removes, with what the server sets still in the bodies', async () => {
    for (const [path, id] of [
      [SCRIPTS, made.script],
      [SHELL, made.shell],
      [ATTRIBUTES, made.attribute],
      [HEALTH, made.health],
      [COMPLIANCE, made.compliance],
      [FILTERS, made.filter],
      [TAGS, made.tag],
    ] as const) {
      const { '@odata.context': _, ...held } = await ask(path + id);
      await ask(path + id, { method: 'PATCH', body: { ...held, description: 'changed' } });
      expect((await ask(path + id)).description, path).toBe('changed');
    }
    const scripts = (await ask(SCRIPTS)).value;
    const status = STATUS[profile].deleted;
    for (const { id } of scripts) await ask(SCRIPTS + id, { method: 'DELETE', status });
    for (const path of [SHELL + made.shell, ATTRIBUTES + made.attribute, HEALTH + made.health, COMPLIANCE + made.compliance])
      await ask(path, { method: 'DELETE', status });
    expect((await ask(SCRIPTS)).value).toEqual([]);
  });
});
