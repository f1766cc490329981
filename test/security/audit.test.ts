import { hash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { removeOldEvents } from '../../src/domain/audit/audit.ts';
import { operationRules } from '../../src/domain/operations.ts';
import { allFamilies, typesBelow } from '../../src/domain/policies/families.ts';
import type { ComplexType } from '../../src/edm/declare.ts';
import { shapeOf } from '../../src/edm/link.ts';
import type { HttpHeaders } from '../../src/lib/http.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { auditEvent } from '../../src/model/audit-event.ts';
import { deviceCompliancePolicyScript } from '../../src/model/device-compliance-policy.ts';
import { alternativeSecurityId, deviceKey } from '../../src/model/directory-values.ts';
import { model } from '../../src/model/index.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { expectRefusal } from '../support/refusal.ts';
import {
  created,
  groupBody,
  groupTarget,
  HARDWARE,
  hardwareBody,
  rowsOf,
  SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';

/** Every administrative change is in the audit log, with who and what; nothing else is. */

const EVENTS = 'deviceManagement/auditEvents';

interface Event {
  readonly [name: string]: unknown;
  readonly id: string;
  readonly activityType: string;
  readonly resources: readonly {
    readonly resourceId: string | null;
    readonly displayName: string | null;
    readonly type: string;
    readonly modifiedProperties: readonly { displayName: string; oldValue: string | null; newValue: string | null }[];
  }[];
}

let api: InProcessApi;
/** A token of a tenant in which nothing has happened yet. */
let token: string;
let tenantId: string;

beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  tenantId = uuidV4();
  token = await api.token({ tenantId });
});

const send = (method: string, path: string, ...[body, headers = {}]: readonly [body?: unknown, headers?: HttpHeaders]) =>
  api.request(method, path, { token, headers, body });

async function make(path: string, body: object): Promise<string> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body.id;
}

const events = async (query = '$orderby=activityDateTime,id'): Promise<readonly Event[]> =>
  (await rowsOf(api, `${EVENTS}?${query}`, token)) as unknown as readonly Event[];

const activities = async (): Promise<readonly string[]> => (await events()).map(({ activityType }) => activityType);

/** The changes that the last event tells, by property. */
async function lastChanges(): Promise<Record<string, readonly [unknown, unknown]>> {
  const { resources } = (await events()).at(-1)!;
  return Object.fromEntries(resources[0]!.modifiedProperties.map((p) => [p.displayName, [p.oldValue, p.newValue]]));
}

describe('what makes an event', () => {
  it('create, update and delete of a policy', async () => {
    const id = await make(HARDWARE, hardwareBody());
    await send('PATCH', `${HARDWARE}/${id}`, { displayName: 'Other', roleScopeTagIds: ['0'] });
    const changes = await lastChanges();
    await send('DELETE', `${HARDWARE}/${id}`);
    expect(await activities()).toEqual(['Create HardwareConfiguration', 'Patch HardwareConfiguration', 'Delete HardwareConfiguration']);
    expect(changes.displayName).toEqual(['BIOS baseline', 'Other']);
    expect(Object.keys(changes).filter((name) => name !== 'lastModifiedDateTime')).toEqual(['displayName']);
    const [first] = await events();
    expect(first).toMatchObject({
      displayName: 'Create HardwareConfiguration',
      componentName: 'DeviceConfiguration',
      category: 'DeviceConfiguration',
      activityOperationType: 'Create',
      activityResult: 'Success',
      activityDateTime: '2026-06-01T12:00:00.000Z',
      resources: [
        { resourceId: id, displayName: 'BIOS baseline', type: 'HardwareConfiguration', auditResourceType: 'HardwareConfiguration' },
      ],
    });
  });

  it('an update that changes nothing, which was still made', async () => {
    const id = await make('groups', groupBody());
    await send('PATCH', `groups/${id}`, { displayName: 'G' });
    expect(await activities()).toEqual(['Create Group', 'Patch Group']);
    expect(await lastChanges()).toEqual({});
  });

  it('the directory: users, groups, members and managed devices', async () => {
    const user = await make('users', { userPrincipalName: 'a@x.example' });
    const group = await make('groups', groupBody());
    await make('deviceManagement/managedDevices', { deviceName: 'PC' });
    await send('POST', `groups/${group}/members/$ref`, { '@odata.id': `https://x/users/${user}` });
    expect(await lastChanges()).toEqual({ groupId: [null, group], id: [null, user] });
    await send('DELETE', `groups/${group}/members/${user}/$ref`);
    expect(await activities()).toEqual(['Create User', 'Create Group', 'Create ManagedDevice', 'Create GroupMember', 'Delete GroupMember']);
  });

  it('assignments, and assign with all of them before and after', async () => {
    const [id, one, other] = [await make(SCRIPTS, scriptBody()), uuidV4(), uuidV4()];
    await make(`${SCRIPTS}/${id}/assignments`, groupTarget(one));
    const body = { deviceManagementScriptAssignments: [groupTarget(other)] };
    expect((await send('POST', `${SCRIPTS}/${id}/assign`, body)).status).toBe(204);
    expect(await activities()).toEqual([
      'Create DeviceManagementScript',
      'Create DeviceManagementScriptAssignment',
      'Assign DeviceManagementScript',
    ]);
    const { assignments, groupAssignments } = await lastChanges();
    expect([assignments![0], groupAssignments![0]].every((text) => String(text).includes(one) && !String(text).includes(other))).toBe(true);
    expect([assignments![1], groupAssignments![1]].every((text) => String(text).includes(other) && !String(text).includes(one))).toBe(true);
    expect((await events()).at(-1)).toMatchObject({ activityOperationType: 'Action', resources: [{ resourceId: id }] });
  });

  it('an action on what the URL calls by a kindred name, as what it is', async () => {
    const id = await make('deviceManagement/deviceShellScripts', shellScriptBody());
    const body = { deviceManagementScriptAssignments: [groupTarget(uuidV4())] };
    expect((await send('POST', `${SCRIPTS}/${id}/assign`, body)).status).toBe(204);
    expect(await activities()).toEqual(['Create DeviceShellScript', 'Assign DeviceShellScript']);
    expect(Object.keys(await lastChanges()).sort()).toEqual(['assignments', 'groupAssignments']);
  });

  it('not run states and their counters, which keep a history of their own, nor what only looks', async () => {
    const id = await make(HARDWARE, hardwareBody());
    const script = await make(SCRIPTS, scriptBody());
    const path = `${HARDWARE}/${id}`;
    const state = await make(`${path}/deviceRunStates`, { upn: 'a@x.example', configurationState: 'success' });
    await send('PATCH', `${path}/deviceRunStates/${state}`, { configurationState: 'fail' });
    await make(`${path}/userRunStates`, { upn: 'b@x.example' });
    await send('PATCH', `${path}/runSummary`, { failedUserCount: 3 });
    await send('DELETE', `${path}/deviceRunStates/${state}`);
    await send('POST', `${SCRIPTS}/hasPayloadLinks`, { payloadIds: [script] });
    await send('GET', HARDWARE);
    expect(await activities()).toEqual(['Create HardwareConfiguration', 'Create DeviceManagementScript']);
  });

  it('not what fails', async () => {
    const id = await make(HARDWARE, hardwareBody());
    await make(`${HARDWARE}/${id}/assignments`, groupTarget(id));
    expect((await send('POST', `${HARDWARE}/${id}/assignments`, groupTarget(id))).status).toBe(409);
    expect((await send('PATCH', `${HARDWARE}/${id}`, { displayName: 7 })).status).toBe(400);
    expect((await send('PATCH', `${HARDWARE}/${id}`, { displayName: 'x' }, { 'if-match': 'W/"old"' })).status).toBe(412);
    expect(await activities()).toEqual(['Create HardwareConfiguration', 'Create HardwareConfigurationAssignment']);
  });
});

describe('every type', () => {
  it('is an administrative object, unless it is the history of one', () => {
    const history = allFamilies.flatMap((family) =>
      typesBelow(family).filter((type) => type !== family.assignment && type !== family.groupAssignment),
    );
    expect(history.filter((type) => type.audit !== false).map(({ name }) => name)).toEqual([]);
    const exempt = model.stored.filter((type) => type.audit === false && !history.includes(type));
    expect(exempt).toContain(auditEvent);
    for (const { name } of exempt)
      expect(name).toMatch(
        /^(auditEvent|authorizationCode|deviceSignIn|instance|keyHolder|pendingWork|repeatableAnswer|sequence|tenantFeature|userPassword|wrongAttempt)$|State$|Summary$|Result$/,
      );
  });

  it('keeps what is secret, binary or content where the log knows it: on the entity, not inside a complex value', () => {
    // One is only ever the parameter of an action that reads; the others belong to what nobody can write.
    const exempt: readonly ComplexType[] = [deviceCompliancePolicyScript, deviceKey, alternativeSecurityId];
    for (const type of model.complexTypes.filter((one) => !exempt.includes(one)))
      for (const { name, type: held, secret, content } of shapeOf(type).properties)
        expect({ name: `${type.name}/${name}`, hidden: held === 'Edm.Binary' || secret === true || content === true }).toEqual({
          name: `${type.name}/${name}`,
          hidden: false,
        });
  });

  it('has a category that clients can ask for, and activity types in it', async () => {
    const categories = (await send('GET', `${EVENTS}/getAuditCategories()`)).body.value;
    expect(categories).toContain('DeviceConfiguration');
    const all: string[] = [];
    for (const category of categories) {
      const { value } = (await send('GET', `${EVENTS}/getAuditActivityTypes(category='${category}')`)).body;
      expect(value.length).toBeGreaterThan(0);
      all.push(...value);
    }
    for (const { operation, mode } of operationRules)
      expect({
        name: operation.name,
        told: all.some((text) => text.toLowerCase() === `${operation.name} ${operation.binding.name}`.toLowerCase()),
      }).toEqual({
        name: operation.name,
        told: mode === 'change' && operation.binding.audit !== false,
      });
    expect((await send('GET', `${EVENTS}/getAuditActivityTypes(category='None')`)).body.value).toEqual([]);
    expect((await send('GET', `/v1.0/${EVENTS}/getAuditCategories`)).body.value).toEqual(categories);
  });
});

describe('who did it', () => {
  it('an application', async () => {
    const requestId = uuidV4();
    await send('POST', 'groups', groupBody(), { 'client-request-id': requestId.toUpperCase() });
    const [event] = await events();
    expect(event!.correlationId).toBe(requestId);
    expect(event!.actor).toMatchObject({ auditActorType: 'Application', type: 'Application', userPrincipalName: null, ipAddress: null });
    const actor = event!.actor as Record<string, unknown>;
    expect([actor.applicationId, actor.servicePrincipalName, actor.applicationDisplayName]).toEqual([
      actor.applicationId,
      actor.applicationId,
      'Muster',
    ]);
    expect(actor.userPermissions).toContain('Group.ReadWrite.All');
  });

  it('a user, with the permissions of the token and the id of the request', async () => {
    token = await api.token({
      tenantId,
      userPrincipalName: 'ada@x.example',
      scopes: ['Group.ReadWrite.All', 'DeviceManagementApps.Read.All'],
    });
    const answer = await send('POST', 'groups', groupBody(), { 'client-request-id': 'mine' });
    const [event] = await events();
    expect(event!.correlationId).toBe(answer.headers['request-id']);
    expect(event!.actor).toMatchObject({
      auditActorType: 'ItPro',
      userPrincipalName: 'ada@x.example',
      servicePrincipalName: null,
      userPermissions: ['DeviceManagementApps.Read.All', 'Group.ReadWrite.All'],
      userRoleScopeTags: [],
    });
  });
});

describe('values', () => {
  const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 3000 }).map((text) => text.replaceAll('\0', '0'));

  it('are told as they are; long ones are cut', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        await make('groups', groupBody({ description: text }));
        const { description } = await lastChanges();
        const [, told] = description as [null, string];
        if (text.length <= 1024) expect(told).toBe(text);
        else {
          expect(told.length).toBeLessThanOrEqual(1025);
          expect(told.endsWith('…')).toBe(true);
          expect(text.toWellFormed().startsWith(told.slice(0, 1000))).toBe(true);
        }
      }),
      { numRuns: propertyRuns(30) },
    );
  });

  it('of content are told by their hash alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 20, maxLength: 100 }), async (bytes) => {
        const content = Buffer.from(bytes);
        const script = await make(SCRIPTS, scriptBody({ scriptContent: content.toString('base64') }));
        const { scriptContent } = await lastChanges();
        expect(scriptContent).toEqual([null, `sha256:${hash('sha256', content, 'hex')}`]);
        await send('PATCH', `${SCRIPTS}/${script}`, { scriptContent: null });
        expect((await lastChanges()).scriptContent).toEqual([`sha256:${hash('sha256', content, 'hex')}`, null]);
        expect(JSON.stringify(await events('$top=1&$orderby=activityDateTime desc'))).not.toContain(content.toString('base64'));
      }),
      { numRuns: propertyRuns(10) },
    );
  });

  it('of a deleted object are told once more', async () => {
    const id = await make('groups', groupBody({ displayName: 'Gone', groupTypes: ['Unified'] }));
    await send('DELETE', `groups/${id}`);
    expect(await lastChanges()).toMatchObject({
      displayName: ['Gone', null],
      groupTypes: ['["Unified"]', null],
      mailEnabled: ['false', null],
    });
  });
});

describe('reading', () => {
  it('serves the query that backup tools send, page by page, in both versions', async () => {
    for (let i = 0; i < 7; i++) {
      await make('groups', groupBody({ displayName: `G${i}` }));
      if (i % 2 === 1) api.clock.advance(1000);
    }
    const id = await make('groups', groupBody({ displayName: 'last' }));
    const filter = "componentName eq 'Other' and activityDateTime gt 2026-01-01T00:00:00.000000Z and activityOperationType ne 'Get'";
    const seen: string[] = [];
    let next = `/v1.0/${EVENTS}?$filter=${encodeURIComponent(filter)}&$select=actor,activityDateTime,resources&$orderby=activityDateTime desc`;
    for (; next !== undefined; ) {
      const page = await send('GET', next.replace('http://localhost:8080', ''), undefined, { prefer: 'odata.maxpagesize=3' });
      expect(page.status, page.text).toBe(200);
      seen.push(...page.body.value.map((event: Event) => event.resources[0]!.displayName));
      next = page.body['@odata.nextLink'];
      if (seen.length > 20) break;
    }
    expect(seen).toEqual(['last', 'G6', 'G5', 'G4', 'G3', 'G2', 'G1', 'G0']);
    const all = await events(`$filter=${encodeURIComponent(`resources/any(r: r/resourceId eq '${id}')`)}`);
    expect(all.map(({ activityType }) => activityType)).toEqual(['Create Group']);
    expect((await send('GET', `${EVENTS}/$count?$filter=${encodeURIComponent(filter)}`)).text).toBe('8');
    expect((await send('GET', `${EVENTS}/${all[0]!.id}`)).body).toMatchObject(all[0]!);
  });

  it('is all that clients can do', async () => {
    await make('groups', groupBody());
    const [{ id }] = (await events()) as [Event];
    for (const [method, path] of [
      ['POST', EVENTS],
      ['PATCH', `${EVENTS}/${id}`],
      ['DELETE', `${EVENTS}/${id}`],
    ] as const)
      expectRefusal(await send(method, path, {}), { status: 405, code: 'methodNotAllowed' });
  });

  it('stays in the tenant', async () => {
    await make('groups', groupBody());
    token = await api.token({ tenantId: uuidV4() });
    expect(await events()).toEqual([]);
  });
});

it('old events are removed in small steps, the oldest first, and no younger ones', async () => {
  for (let i = 0; i < 250; i++) await make('groups', groupBody({ displayName: `old ${i}` }));
  api.clock.advance(60_000);
  const limit = new Date(api.clock.now()).toISOString();
  await make('groups', groupBody({ displayName: 'young' }));
  expect(await removeOldEvents(api.store, tenantId, limit)).toBe(true);
  expect((await events('$top=1&$orderby=id'))[0]!.resources[0]!.displayName).toBe('old 200');
  expect(await removeOldEvents(api.store, tenantId, limit)).toBe(false);
  expect((await events()).map(({ resources }) => resources[0]!.displayName)).toEqual(['young']);
  expect(await removeOldEvents(api.store, tenantId, limit)).toBe(false);
});

it('a policy that is made by whole requests has an event in the same commit', async () => {
  const { id } = await created(api, HARDWARE, hardwareBody());
  const own = (await rowsOf(api, `${EVENTS}?$filter=${encodeURIComponent(`resources/any(r:r/resourceId eq '${id}')`)}`)).length;
  expect(own).toBe(1);
});
