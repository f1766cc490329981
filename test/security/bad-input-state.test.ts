import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, createdPath, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Requests that are well formed and still impossible, as things stand: refused whole, also where a part was done already. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

it('a second assignment to the same target', async () => {
  for (const [collection, body] of [
    [HARDWARE, hardwareBody()],
    [SCRIPTS, scriptBody()],
  ] as const) {
    const policy = await createdPath(api, collection, body);
    await created(api, `${policy}/assignments`, groupTarget('g1'));
    const before = await rowsOf(api, `${policy}/assignments`);
    expectRefusal(await api.request('POST', `${policy}/assignments`, { body: groupTarget('g1') }), { status: 409, code: 'alreadyExists' });
    expect(await rowsOf(api, `${policy}/assignments`)).toEqual(before);
  }
});

it('moving an assignment to a target that another one has', async () => {
  const policy = await createdPath(api, SCRIPTS, scriptBody());
  const first = await created(api, `${policy}/assignments`, groupTarget('g1'));
  await created(api, `${policy}/assignments`, groupTarget('g2'));
  const before = [await rowsOf(api, `${policy}/assignments`), await rowsOf(api, `${policy}/groupAssignments`)];
  const answer = await api.request('PATCH', `${policy}/assignments/${encodeURIComponent(first.id)}`, { body: groupTarget('g2') });
  expectRefusal(answer, { status: 409, code: 'alreadyExists' });
  expect([await rowsOf(api, `${policy}/assignments`), await rowsOf(api, `${policy}/groupAssignments`)]).toEqual(before);
});

it('assign with one target that does not fit keeps all that was assigned', async () => {
  const policy = await createdPath(api, HARDWARE, hardwareBody());
  await created(api, `${policy}/assignments`, groupTarget('g1'));
  const before = await rowsOf(api, `${policy}/assignments`);
  const both = [groupTarget('g2'), { target: { '@odata.type': '#microsoft.graph.exclusionGroupAssignmentTarget', groupId: 'g2' } }];
  const without = [groupTarget('g3'), { target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: null } }];
  for (const [list, code] of [
    [both, 'invalidValue'],
    [without, 'missingProperty'],
    [[{}], 'missingProperty'],
  ] as const)
    expectRefusal(await api.request('POST', `${policy}/assign`, { body: { hardwareConfigurationAssignments: list } }), {
      status: 400,
      code,
    });
  expect(await rowsOf(api, `${policy}/assignments`)).toEqual(before);
});

it('deleting a counted user state', async () => {
  const policy = await createdPath(api, HARDWARE, hardwareBody());
  await created(api, `${policy}/deviceRunStates`, { upn: 'a@example.com', configurationState: 'fail' });
  const [derived] = await rowsOf(api, `${policy}/userRunStates`);
  expectRefusal(await api.request('DELETE', `${policy}/userRunStates/${derived!.id}`), { status: 409, code: 'derivedRow' });
  expect(await rowsOf(api, `${policy}/userRunStates`)).toEqual([derived]);
});

it('giving a counted user state to another user', async () => {
  const policy = await createdPath(api, HARDWARE, hardwareBody());
  await created(api, `${policy}/deviceRunStates`, { upn: 'a@example.com' });
  const [derived] = await rowsOf(api, `${policy}/userRunStates`);
  const answer = await api.request('PATCH', `${policy}/userRunStates/${derived!.id}`, { body: { upn: 'b@example.com' } });
  expectRefusal(answer, { status: 400, code: 'invalidValue', target: 'upn' });
  expect(await rowsOf(api, `${policy}/userRunStates`)).toEqual([derived]);
});

it('a device state below a user state that names no user', async () => {
  const policy = await createdPath(api, SCRIPTS, scriptBody());
  const state = await created(api, `${policy}/userRunStates`, { successDeviceCount: 1 });
  expectRefusal(await api.request('POST', `${policy}/userRunStates/${state.id}/deviceRunStates`, { body: {} }), {
    status: 400,
    code: 'invalidValue',
  });
  expect(await rowsOf(api, `${policy}/deviceRunStates`)).toEqual([]);
  expect(await rowsOf(api, `${policy}/userRunStates/${state.id}/deviceRunStates`)).toEqual([]);
});

it('a policy that is gone takes everything below it along', async () => {
  const policy = await createdPath(api, SCRIPTS, scriptBody());
  const state = await created(api, `${policy}/deviceRunStates`, { runState: 'fail' });
  await created(api, `${policy}/assignments`, groupTarget('g1'));
  expect((await api.request('DELETE', policy)).status).toBe(204);
  for (const path of ['', '/deviceRunStates', `/deviceRunStates/${state.id}`, '/assignments', '/runSummary', '/userRunStates/$count'])
    expectRefusal(await api.request('GET', `${policy}${path}`), { status: 404, code: 'notFound' });
  expectRefusal(await api.request('PATCH', `${policy}/deviceRunStates/${state.id}`, { body: {} }), { status: 404, code: 'notFound' });
  expectRefusal(await api.request('DELETE', policy), { status: 404, code: 'notFound' });
});

it('writes at the same time: each is done whole or refused whole', async () => {
  const policy = await createdPath(api, HARDWARE, hardwareBody());
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => api.request('POST', `${policy}/assignments`, { body: groupTarget(`g${index % 10}`) })),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
  for (const answer of answers.filter(({ status }) => status !== 201)) expectRefusal(answer, { status: 409, code: 'alreadyExists' });
  expect(await rowsOf(api, `${policy}/assignments`)).toHaveLength(10);
});

it('of two writers with the same tag, one wins', async () => {
  const policy = await createdPath(api, HARDWARE, hardwareBody());
  const { etag } = (await api.request('GET', policy)).headers;
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((description) => api.request('PATCH', policy, { body: { description }, headers: { 'if-match': etag! } })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  const winner = answers.find(({ status }) => status === 200)!;
  expect((await api.request('GET', policy)).body.description).toBe(winner.body.description);
});
