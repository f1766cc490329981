import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, FILTERS, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';
import { DEVICES, filterBody, target, USERS, windows } from '../support/sample-filters.ts';

/** What filters match: which devices a rule finds, and how filters decide about one device. */

const EVALUATE = 'deviceManagement/evaluateAssignmentFilter';
const STATUS = 'deviceManagement/getAssignmentFiltersStatusDetails';

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

const post = (path: string, body: object) => api.request('POST', path, { body });

describe('evaluation', () => {
  let fleet: InProcessApi;
  beforeAll(async () => {
    fleet = await startInProcessApi();
    for (let i = 0; i < 120; i++)
      await created(fleet, DEVICES, windows({ deviceName: `PC-${String(i).padStart(3, '0')}`, userPrincipalName: `u${i % 3}@x.example` }));
    await created(fleet, DEVICES, windows({ deviceName: 'OPTI', model: 'OptiPlex' }));
    await created(fleet, DEVICES, { operatingSystem: 'macOS', deviceName: 'MAC', manufacturer: 'Dell Inc.' });
  });
  afterAll(() => fleet.close());

  const data = (changes: object = {}) => ({ data: { platform: 'windows10AndLater', rule: filterBody().rule, ...changes } });
  const evaluate = async (changes: object = {}) => {
    const answer = await fleet.request('POST', EVALUATE, { body: data(changes) });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body['@odata.context']).toBe('http://localhost:8080/beta/$metadata#Edm.Stream');
    const report = JSON.parse(Buffer.from(answer.body.value, 'base64').toString());
    const column = report.Columns.findIndex(({ Name }: { Name: string }) => Name === 'deviceName');
    return { total: report.TotalRowCount, names: report.Values.map((row: string[]) => row[column]), report };
  };

  it('reports the devices of the platform that match, a hundred at a time', async () => {
    const first = await evaluate();
    expect(first.total).toBe(120);
    expect(first.names.length).toBe(100);
    expect(first.names).not.toContain('OPTI');
    const rest = await evaluate({ skip: 100, top: 50 });
    expect([...first.names, ...rest.names].sort()).toEqual(Array.from({ length: 120 }, (_, i) => `PC-${String(i).padStart(3, '0')}`));
    expect(first.report.Columns[0]).toEqual({ Name: 'deviceCategory', Type: 'String' });
    expect((await evaluate({ top: 0 })).names).toEqual([]);
  });

  it('searches and orders', async () => {
    const found = await evaluate({ search: 'U1@X', orderBy: ['userPrincipalName', 'deviceName DESC'], top: 2 });
    expect(found).toMatchObject({ total: 40, names: ['PC-118', 'PC-115'] });
    expect((await evaluate({ platform: 'macOS', rule: '(device.cpuArchitecture -eq "unknown")' })).names).toEqual(['MAC']);
  });

  it('answers the bare report to who asks for bytes', async () => {
    const headers = { accept: 'application/octet-stream, application/json' };
    const answer = await fleet.request('POST', EVALUATE, { body: data({ top: 1 }), headers });
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(JSON.parse(answer.text)).toMatchObject({ TotalRowCount: 120, Values: [expect.any(Array)] });
    const service = await fleet.request('POST', EVALUATE, { body: data({ top: 1 }), headers: { prefer: 'muster.profile=service' } });
    expect(service.headers['content-type']).toBe('application/octet-stream');
  });

  it.each([
    [{ top: 101 }, 'data/top'],
    [{ skip: -1 }, 'data/skip'],
    [{ rule: 'x' }, 'rule'],
    [{ orderBy: ['colour'] }, 'data/orderBy'],
    [{ orderBy: ['model sideways'] }, 'data/orderBy'],
    [{ platform: 'iOSMobileApplicationManagement' }, 'data/platform'],
    [{ platform: 'amiga' }, 'data/platform'],
  ])('%j is refused', async (changes, wrong) => {
    expectRefusal(await fleet.request('POST', EVALUATE, { body: data(changes) }), { status: 400, code: 'invalidValue', target: wrong });
  });

  it('needs its data, a platform and a rule', async () => {
    for (const [body, wrong] of [
      [{}, 'data'],
      [{ data: { rule: 'x' } }, 'data/platform'],
      [{ data: { platform: 'iOS' } }, 'data/rule'],
    ] as const)
      expectRefusal(await fleet.request('POST', EVALUATE, { body }), { status: 400, code: 'missingProperty', target: wrong });
  });
});

it('the status of filters on a device names its facts and each result', async () => {
  const [match, not, mac] = await Promise.all(
    [filterBody(), filterBody({ rule: '(device.model -eq "y")' }), filterBody({ platform: 'macOS', rule: '(device.model -eq "y")' })].map(
      (body) => created(api, FILTERS, body),
    ),
  );
  const device = await created(api, DEVICES, windows({ deviceName: 'PC-S' }));
  const policy = await created(api, SCRIPTS, scriptBody());
  const assignments = [target(match!.id, 'include'), target(not!.id, 'exclude', USERS)];
  await post(`${SCRIPTS}/${policy.id}/assign`, { deviceManagementScriptAssignments: assignments });
  const status = (body: object) => post(STATUS, { managedDeviceId: device.id, ...body });

  const { body } = await status({ payloadId: policy.id, userId: 'someone' });
  expect(body).toMatchObject({ managedDeviceId: device.id, payloadId: policy.id, userId: 'someone' });
  expect(body['@odata.context']).toBe('http://localhost:8080/beta/$metadata#microsoft.graph.assignmentFilterStatusDetails');
  expect(body.deviceProperties).toContainEqual({ name: 'manufacturer', value: 'Dell Inc.' });
  const summary = (id: string, evaluationResult: string, assignmentFilterType: string) =>
    expect.objectContaining({ assignmentFilterId: id, evaluationResult, assignmentFilterType });
  expect(body.evalutionSummaries).toHaveLength(2);
  expect(body.evalutionSummaries).toEqual(
    expect.arrayContaining([summary(match!.id, 'match', 'include'), summary(not!.id, 'notMatch', 'exclude')]),
  );
  const asked = await status({ assignmentFilterIds: [mac!.id, match!.id] });
  expect(asked.body.evalutionSummaries).toEqual([summary(mac!.id, 'notEvaluated', 'none'), summary(match!.id, 'match', 'none')]);
  expect((await status({ assignmentFilterIds: [mac!.id, match!.id], skip: 1, top: 1 })).body.evalutionSummaries).toEqual([
    summary(match!.id, 'match', 'none'),
  ]);
  expectRefusal(await post(STATUS, {}), { status: 400, code: 'missingProperty', target: 'managedDeviceId' });
  expectRefusal(await status({ managedDeviceId: policy.id }), { status: 400, code: 'referencedMissing', target: 'managedDeviceId' });
  expectRefusal(await status({ assignmentFilterIds: ['x'] }), { status: 400, code: 'referencedMissing', target: 'assignmentFilterIds' });
});
