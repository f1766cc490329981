import { type Operation, operationOn } from '../../src/api/operations/table.ts';
import { resourceAt } from '../../src/api/request/resolve.ts';
import type { Resource } from '../../src/api/request/resource.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { type InProcessApi, startInProcessApi } from './in-process-api.ts';
import { created } from './sample-bodies.ts';
import { published, type SurfaceOperation, servedOperations } from './surface-facts.ts';
import { FIXTURES, type Fixture, type Ids } from './surface-fixtures.ts';

/** The operations that are walked, published or served, how their paths become URLs, and the entities that are there. */

export interface WalkedOperation extends SurfaceOperation {
  /** Method and path, whatever the ids are called. */
  readonly line: string;
  readonly fixture: Fixture;
}

/** Ids, one or the parts of one: `{id}`, `id='{id}',policyId='{policyId}'`. */
const isKey = (segment: string): boolean => segment.includes('{');

const withKeys = (path: string, key: (collection: string, next: string | undefined) => string): string => {
  const segments = path.split('/');
  return segments.map((segment, index) => (isKey(segment) ? key(segments[index - 1]!, segments[index + 1]) : segment)).join('/');
};

const lineOf = ({ method, path }: SurfaceOperation): string => `${method} ${withKeys(path, () => '{id}')}`;

/** The fixture made for where a path starts and for its family; else what makes the entity that it starts with; else the family's. */
function fixtureFor({ family, path }: SurfaceOperation): Fixture {
  const root = path.split('/')[2];
  const starting = FIXTURES.filter((fixture) => fixture.root === root);
  return starting.find((fixture) => fixture.family === family) ?? starting[0] ?? FIXTURES.find((fixture) => fixture.family === family)!;
}

const own = FIXTURES.filter(({ root }, index) => root !== '' && FIXTURES.findIndex((first) => first.root === root) === index);

export const operations: readonly WalkedOperation[] = [
  ...new Map(
    [
      ...own.flatMap(({ family, root }) => servedOperations(family, root)),
      ...published.filter(({ family }) => FIXTURES.some((fixture) => fixture.family === family)),
    ].map((operation) => [lineOf(operation), operation]),
  ),
].map(([line, operation]) => ({ ...operation, line, fixture: fixtureFor(operation) }));

/** A path with ids in it: each is that of the segment before it. */
export const withIds = (path: string, ids: Ids): string =>
  withKeys(path, (collection, next) => encodeURIComponent(ids[`${collection}/${next}`] ?? ids[collection]!));

/** The body that a path takes, whatever is done with it. */
export const bodyFor = async (api: InProcessApi, { fixture, path }: Pick<WalkedOperation, 'fixture' | 'path'>, ids: Ids): Promise<object> =>
  (await fixture.bodies[lastName(path)]?.(ids, api)) ?? {};

/** The last name in a path. */
export const lastName = (path: string): string => path.split('/').findLast((segment) => !isKey(segment))!;

/** What our model finds an operation to be. @throws AppError */
export function routeTo({ method, path }: SurfaceOperation): { readonly resource: Resource; readonly operation: Operation } {
  const resource = resourceAt(model, { path: withKeys(path, () => uuidV4()), query: '' });
  return { resource, operation: operationOn(resource, method) };
}

/** A Muster, and what every fixture makes there, to be read. */
export interface Walk {
  readonly api: InProcessApi;
  readonly existing: ReadonlyMap<Fixture, Ids>;
}

export async function startWalk(): Promise<Walk> {
  const api = await startInProcessApi();
  for (const displayName of ['One', 'Two']) await created(api, 'deviceManagement/roleScopeTags', { displayName });
  const existing = new Map<Fixture, Ids>();
  for (const fixture of FIXTURES) existing.set(fixture, await fixture.make(api));
  return { api, existing };
}
