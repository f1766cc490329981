import { expect } from 'vitest';
import { checkTenant } from '../../src/domain/doctor/doctor.ts';
import {
  derivedId,
  type Family,
  folded,
  instant,
  isSame,
  type Policy,
  summaryOf,
  type Tenant,
  type UserView,
  userOf,
  userStates,
} from './accounting-model.ts';
import { UPNS } from './accounting-operations.ts';
import { targetId } from './accounting-other-steps.ts';
import { PROPERTIES, pathOf } from './accounting-step.ts';
import type { InProcessApi } from './in-process-api.ts';

/** Reads everything that a client can see of a tenant's run states and holds it against the model and the full recount. */

export interface TenantUnderTest {
  readonly api: InProcessApi;
  readonly tenantId: string;
  readonly token: string;
  readonly model: Tenant;
}

type Json = Readonly<Record<string, unknown>>;

/** An answer in the model's terms: without annotations, times as instants. */
const plain = (entity: Json): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(entity)
      .filter(([name]) => !name.startsWith('@'))
      .map(([name, value]) => [name, name.endsWith('DateTime') && typeof value === 'string' ? instant(value) : value]),
  );

const byId = <T extends { id?: unknown }>(rows: readonly T[]): T[] => rows.toSorted((a, b) => (String(a.id) < String(b.id) ? -1 : 1));

async function get({ api, token }: TenantUnderTest, path: string, status = 200) {
  const answer = await api.request('GET', path, { token, headers: { prefer: 'odata.maxpagesize=3' } });
  expect([path, answer.status, answer.text]).toEqual([path, status, expect.anything()]);
  return answer.body;
}

/** All pages of a collection. */
async function list(under: TenantUnderTest, path: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page = await get(under, next);
    rows.push(...page.value.map(plain));
    next = page['@odata.nextLink']?.replace(/^http:\/\/[^/]+/, '');
  }
  return rows;
}

const BELOW = ['/runSummary', '/userRunStates', '/deviceRunStates'];

/** The paths of an id in all collections. */
const placesOf = ({ id }: Policy): { family: Family; path: string }[] =>
  Object.entries(PROPERTIES).map(([family, { collection }]) => ({
    family: family as Family,
    path: `deviceManagement/${collection}/${id}`,
  }));

/** Everything of one tenant. */
export async function compareTenant(under: TenantUnderTest): Promise<void> {
  for (const policy of under.model.policies) await comparePolicy(under, policy);
  for (const policy of under.model.deleted) {
    for (const { path } of placesOf(policy)) for (const below of ['', ...BELOW]) await get(under, path + below, 404);
  }
  for (const { collection } of Object.values(PROPERTIES)) {
    const rows = await list(under, `deviceManagement/${collection}`);
    const own = under.model.policies.filter(({ family }) => PROPERTIES[family].collection === collection);
    expect(rows.map(({ id }) => id).toSorted()).toEqual(own.map(({ id }) => id).toSorted());
  }
  await expectNoProblems(under);
}

/** The counters are what a full recount says. */
export async function expectNoProblems({ api, tenantId }: TenantUnderTest): Promise<void> {
  const problems = [];
  for await (const problem of checkTenant(api.store, tenantId)) problems.push(problem);
  expect(problems).toEqual([]);
}

/** What another tenant sees: nothing. */
export async function expectUnseen(under: TenantUnderTest, stranger: TenantUnderTest): Promise<void> {
  for (const policy of under.model.policies) {
    for (const { path } of placesOf(policy)) for (const below of ['', ...BELOW]) await get(stranger, path + below, 404);
  }
}

async function comparePolicy(under: TenantUnderTest, policy: Policy): Promise<void> {
  const { model } = under;
  const path = pathOf(policy);
  const { user, success, result } = PROPERTIES[policy.family];
  const isHardware = policy.family === 'hardware';

  const expected = byId(userStates(model, policy).map((view) => userEntity(policy, view)));
  const rows = await list(under, `${path}/userRunStates`);
  expect(byId(rows.map(({ userEmail: _, userName: __, ...row }) => row))).toEqual(expected);
  for (const row of rows) expect(plain(await get(under, `${path}/userRunStates/${row.id}`))).toEqual(row);
  const seen = new Set(rows.map(({ id }) => id));
  for (const upn of UPNS) {
    const hidden = derivedId(policy.id, upn ?? '');
    if (!seen.has(hidden)) await get(under, `${path}/userRunStates/${hidden}`, 404);
  }

  const { counts, time } = summaryOf(model, policy);
  const { id: _, ...summary } = plain(await get(under, `${path}/runSummary`));
  expect(summary).toEqual({ ...counts, ...(isHardware ? { lastRunDateTime: time === null ? null : instant(time) } : {}) });

  expect(await get(under, `${path}/userRunStates/$count`)).toBe(String(expected.length));
  const filtered = await list(under, `${path}/userRunStates?$filter=${success} gt 0`.replaceAll(' ', '%20'));
  expect(byId(filtered)).toEqual(byId(rows.filter((row) => (row[success] as number) > 0)));
  const ordered = await list(under, `${path}/userRunStates?$orderby=${user}`);
  expect(byId(ordered)).toEqual(byId(rows));
  const names = (of: readonly Json[]) => of.map((row) => (row[user] === null ? null : folded(row[user] as string)));
  expect(names(ordered)).toEqual(names(rows).toSorted(nullFirst));
  for (const upn of UPNS) {
    if (upn === null) continue;
    const same = await list(under, `${path}/userRunStates?$filter=${user}%20eq%20'${encodeURIComponent(upn)}'`);
    expect(byId(same)).toEqual(byId(rows.filter((row) => isSame(row[user] as string | null, upn))));
  }

  const states = await list(under, `${path}/deviceRunStates`);
  const stateEntity = ({ id, result: value, internalVersion, time: at, ...rest }: Policy['states'][number]) => ({
    ...{ id, [result]: value, lastStateUpdateDateTime: instant(at) },
    ...(isHardware ? { upn: rest.upn, deviceName: rest.deviceName, internalVersion } : {}),
  });
  expect(byId(states)).toMatchObject(byId(policy.states.map(stateEntity)));
  await compareCounts(under, policy, path);
  const assignments = await list(under, `${path}/assignments`);
  expect(assignments.map(({ id }) => id).toSorted()).toEqual(policy.targets.map((target) => `${policy.id}:${targetId(target)}`).toSorted());
  if (isHardware) expect((await get(under, path)).version).toBe(policy.version);
  else await compareNested(under, policy, rows);
  await compareElsewhere(under, policy, { rows, summary });
}

/** Device states are counted by their results, from counters and row by row: `length(…)` is in no counter. */
async function compareCounts(under: TenantUnderTest, { family, states }: Policy, path: string): Promise<void> {
  const { result } = PROPERTIES[family];
  const conditions: [text: string, holds: (value: string) => boolean][] = [
    [`${result} eq 'fail'`, (value) => value === 'fail'],
    [`${result} ne 'success'`, (value) => value !== 'success'],
    [`${result} in ('pending','unknown','pending')`, (value) => value === 'pending' || value === 'unknown'],
    [`${result} eq 'fail' or ${result} eq 'scriptError'`, (value) => value === 'fail' || value === 'scriptError'],
    [`${result} eq 'fail' and length(id) gt 0`, (value) => value === 'fail'],
    [`${result} eq 'fail' or length(id) gt 0`, () => true],
    [`${result} eq null`, () => false],
    [`${result} ne null`, () => true],
  ];
  expect(await get(under, `${path}/deviceRunStates/$count`)).toBe(String(states.length));
  for (const [text, holds] of conditions) {
    const counted = await get(under, `${path}/deviceRunStates/$count?$filter=${encodeURIComponent(text)}`);
    expect([text, counted]).toEqual([text, String(states.filter((state) => holds(state.result)).length)]);
  }
}

/** In the collections of other kinds of scripts, what is below a script is to be found, but not the script; elsewhere neither. */
async function compareElsewhere(
  under: TenantUnderTest,
  policy: Policy,
  { rows, summary }: { rows: readonly Json[]; summary: Json },
): Promise<void> {
  for (const { family, path } of placesOf(policy)) {
    await get(under, path, family === policy.family ? 200 : 404);
    if (pathOf(policy, family) === path) {
      expect(await list(under, `${path}/userRunStates`)).toEqual(rows);
      expect(plain(await get(under, `${path}/runSummary`))).toMatchObject(summary);
    } else for (const below of BELOW) await get(under, path + below, 404);
  }
}

function userEntity({ family }: Policy, { id, upn, counts, time }: UserView): Record<string, unknown> {
  return { id, [PROPERTIES[family].user]: upn, ...counts, ...(family === 'hardware' ? { lastStateUpdateDateTime: instant(time) } : {}) };
}

/** Null, then by code unit. */
function nullFirst(a: unknown, b: unknown): number {
  if (a === b) return 0;
  return a === null || (b !== null && (a as string) < (b as string)) ? -1 : 1;
}

/** Below each user state of a script: that user's device states. Below the script: its group targets seen another way. */
async function compareNested(under: TenantUnderTest, policy: Policy, rows: readonly Record<string, unknown>[]): Promise<void> {
  const groups = policy.targets.filter(({ kind }) => kind === 'include').map((target) => targetId(target));
  const listed = await list(under, `${pathOf(policy)}/groupAssignments`);
  expect(listed.map((row) => row.targetGroupId).toSorted()).toEqual(groups.toSorted());
  for (const { id, userPrincipalName: upn } of rows) {
    if (!upn) continue;
    const own = policy.states.filter((state) => isSame(userOf(under.model, state), upn as string));
    const nested = await list(under, `${pathOf(policy)}/userRunStates/${id}/deviceRunStates`);
    expect(nested.map((row) => row.id).toSorted()).toEqual(own.map((state) => state.id).toSorted());
  }
}
