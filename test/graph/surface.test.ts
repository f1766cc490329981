import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastStep } from '../../src/api/request/resource.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { allPermissions } from '../../src/model/index.ts';
import type { InProcessApi, TestAnswer } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { documentedProperties, documentedResult, published, type SurfaceOperation } from '../support/surface-facts.ts';
import { FIXTURES, type Ids } from '../support/surface-fixtures.ts';
import { expectValue } from '../support/surface-shape.ts';
import { bodyFor, lastName, operations, routeTo, startWalk, type Walk, type WalkedOperation, withIds } from '../support/surface-walk.ts';

/**
 * Walks every operation of the families that have a fixture, published or served: its documented status, the whole type as its body,
 * no way in without a token, with a token for something else, or to the ids of another tenant.
 */

let { api, existing } = {} as Walk;
beforeAll(async () => {
  ({ api, existing } = await startWalk());
});
afterAll(() => api.close());

const parametersOf = ({ fixture, path }: WalkedOperation, ids: Ids) => fixture.parameters?.[lastName(path)]?.(ids) ?? {};

/** Parameters of a function as they stand in a URL (URL Conventions §5.1.1.1). */
const inParentheses = (parameters: Readonly<Record<string, unknown>>): string => {
  const literal = (value: unknown): string => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value));
  const written = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(literal(value))}`);
  return written.length === 0 ? '' : `(${written.join(',')})`;
};

const urlOf = (operation: WalkedOperation, ids: Ids): string => {
  const call = operation.kind === 'function' ? inParentheses(parametersOf(operation, ids)) : '';
  return `/beta${withIds(operation.path, ids)}${call}`;
};

const send = async (operation: WalkedOperation, ids: Ids, token?: string | null): ReturnType<InProcessApi['request']> => {
  const { method, kind } = operation;
  const body = kind === 'action' ? parametersOf(operation, ids) : await bodyFor(api, operation, ids);
  return api.request(method, urlOf(operation, ids), {
    ...(method === 'GET' || method === 'DELETE' ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
};

/** Asserts that an answer holds what its operation documents. */
function expectDocumented({ body, text, status }: TestAnswer, operation: WalkedOperation): void {
  const { kind, line } = operation;
  const { resource } = routeTo(operation);
  const type = `graph.${lastStep(resource).type.name}`;
  if (status === 204) expect(text).toBe('');
  else if (kind === 'count') expect(Number(text)).toBeGreaterThan(0);
  else if (kind === 'action' || kind === 'function') {
    const result = documentedResult(resource.operation!);
    expect(result, `${line} returns`).toBeDefined();
    // Neither collections nor values that are no objects stand alone (JSON Format §11, §12).
    const isWrapped = result!.collection === true || result!.type.startsWith('Edm.') || 'value' in body;
    expectValue(isWrapped ? body.value : body, result!, line);
    if (result!.collection === true) expect(body.value).not.toEqual([]);
  } else if (kind === 'list') {
    expectValue(body.value, { type, collection: true }, line);
    expect(body.value).not.toEqual([]);
  } else expectValue(body, { type }, line);
}

/** Names that have nothing to do with devices, and none that only reads where something is written. */
const FOREIGN = allPermissions.filter((name) => !name.startsWith('DeviceManagement'));
const READ_NAMES = allPermissions.filter((name) => name.endsWith('.Read.All'));

describe.each(operations.map((operation) => [operation.line, operation] as const))('%s', (_, operation) => {
  const { method, path, kind, status, fixture } = operation;

  it(`answers ${status} with what it documents`, async () => {
    const ids = await fixture.make(api);
    const answer = await send(operation, ids);
    expect(answer.status, answer.text).toBe(status);
    expectDocumented(answer, operation);
    if (kind === 'create') expect((await api.request('GET', new URL(answer.headers.location!).pathname)).body.id).toBe(answer.body.id);
    if (kind === 'delete') {
      // A summary that is deleted is counted again. A state without its device is nobody's, but still its policy's.
      const isLonely = path.endsWith('/managedDevice') && !path.includes('/userRunStates/');
      const gone = path.endsWith('/runSummary') ? 200 : isLonely ? 204 : 404;
      expect((await api.request('GET', urlOf(operation, ids))).status).toBe(gone);
    }
  });

  it('is closed to those without a token, or with one for something else', async () => {
    const ids = existing.get(fixture)!;
    expectRefusal(await send(operation, ids, null), { status: 401, code: 'missingToken' });
    const isLooking = fixture.looking?.includes(lastName(path)) === true;
    const roles = method === 'GET' || isLooking ? FOREIGN : [...FOREIGN, ...READ_NAMES];
    for (const scope of [{ roles }, { scopes: roles, userPrincipalName: 'x@example.com' }])
      expectRefusal(await send(operation, ids, await api.token(scope)), { status: 403, code: 'insufficientScope' });
    if (isLooking) expect((await send(operation, ids, await api.token({ roles: READ_NAMES }))).status).toBe(status);
  });

  it("does not reach another tenant's ids", async () => {
    const ids = existing.get(fixture)!;
    const answer = await send(operation, ids, await api.token({ tenantId: uuidV4() }));
    if (path.includes('{')) return expectRefusal(answer, { status: 404, code: 'notFound' });
    if (answer.status >= 400) return expectRefusal(answer, { status: 400, code: 'referencedMissing' });
    expect(answer.status).toBe(status);
    for (const id of Object.values(ids)) expect(answer.text).not.toContain(`"${id}"`);
    if (kind === 'list') expect(answer.body.value.length).toBe(fixture.builtIn ?? 0);
    if (kind === 'count') expect(answer.text).toBe(String(fixture.builtIn ?? 0));
  });
});

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

/** Those of them that apply to what an operation answers. What a function computes leads nowhere, and its entities are not filtered. */
function optionsOf(operation: WalkedOperation): readonly (readonly [name: string, value: string])[] {
  const those = (names: readonly string[]) => Object.entries(OPTIONS).filter(([name]) => names.includes(name));
  if (operation.kind === 'list') return Object.entries(OPTIONS);
  if (operation.kind === 'get') return those(['$expand', '$select']);
  const { operation: declared } = routeTo(operation).resource;
  if (operation.kind !== 'function' || declared!.returns?.collection !== true) return [];
  const narrowing = those(['$count', '$skip', '$top']);
  const { type } = declared!.returns;
  if (typeof type === 'string' || type.kind !== 'complex') return narrowing;
  const { name } = documentedProperties(type.name).find((property) => property.type === 'Edm.String')!;
  return [...narrowing, ['$filter', `${name} ne 'x'`], ['$orderby', name]];
}

const reads = operations
  .map((operation) => [operation.line, operation, optionsOf(operation)] as const)
  .filter(([, , options]) => options.length > 0);

it.each(reads)('%s takes the options of its client', async (_, operation, options) => {
  for (const [name, value] of options) {
    const answer = await api.request('GET', `${urlOf(operation, existing.get(operation.fixture)!)}?${name}=${encodeURIComponent(value)}`);
    expect(answer.status, `${name}: ${answer.text}`).toBe(200);
    if (operation.kind !== 'get') expect(answer.body.value.length).toBeGreaterThan(0);
  }
});

/** Whether the model knows what an operation asks for. */
function isServed(operation: SurfaceOperation): boolean {
  try {
    return routeTo(operation) !== undefined;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Families that need a caller or a world of their own: suites of their own walk them. */
const ELSEWHERE: Readonly<Record<string, string>> = { roleScopeTag: 'role-scope-tags-surface.test.ts' };

it('leaves out no family that is served whole', () => {
  const families = Map.groupBy(published, ({ family }) => family);
  for (const [family, listed] of families) {
    if (FIXTURES.some((fixture) => fixture.family === family)) continue;
    if (ELSEWHERE[family] !== undefined) {
      process.stdout.write(`not walked here: ${family}, but in ${ELSEWHERE[family]}\n`);
      continue;
    }
    const missing = listed.filter((operation) => !isServed(operation));
    process.stdout.write(`not walked: ${family}, as the model lacks ${missing.length} of its ${listed.length} operations\n`);
    expect(missing.length, `Give ${family} a line in surface-fixtures.ts`).toBeGreaterThan(0);
  }
  expect(operations.length).toBeGreaterThan(100);
});
