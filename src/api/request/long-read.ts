import { countsFromStates } from '../../domain/run-states/state-counts.ts';
import type { Value } from '../../edm/primitive.ts';
import { rowsLookedAt } from '../../query/access-path.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Expand, Query } from '../bind/clauses.ts';
import { MAX_PAGE } from '../read/read-rows.ts';
import { lastStep, type Resource } from './resource.ts';

/** Most rows that a read may look at beside everything else. The store is told of longer reads before they begin (`Store.read`). */
export const SHORT_ROWS = 2000;

/** Stands for a value that a request will give. */
const GIVEN: Value = 'given';

/** Whether a read may look at more rows, as far as its path, its query and the declared indexes say. */
export function isLongRead(resource: Resource, query: Query): boolean {
  switch (resource.kind) {
    case 'collection':
    case 'references': {
      const rows = rowsOf(lastStep(resource).source, query);
      return isLongPage(rows, query) || query.expand.some(({ navigation }) => navigation.collection);
    }
    case 'count':
      return isLongCount(rowsOf(lastStep(resource).source, query));
    case 'entity':
      return query.expand.some(isLongExpansion);
    case 'function':
      return true; // functions look at whole collections
    default:
      return false;
  }
}

const isLongExpansion = ({ navigation, query }: Expand): boolean =>
  navigation.collection && (isLongPage(rowsOf(navigation, query), query) || query.expand.some((expand) => expand.navigation.collection));

const isLongPage = (rows: RowSet, { orderBy, skip = 0, count }: Query): boolean =>
  rowsLookedAt({ ...rows, orderBy, skip, limit: MAX_PAGE }) > SHORT_ROWS || (count && isLongCount(rows));

/** A count looks at all rows that it counts, unless counters tell. */
const isLongCount = (rows: RowSet): boolean => !countsFromStates(rows);

/** The rows of a collection, with stand-ins for the values that its place fixes. */
function rowsOf(source: ReturnType<typeof lastStep>['source'], { type, where }: Query): RowSet {
  const condition = where === undefined ? {} : { where };
  if (!('join' in source)) return { from: type, scope: {}, ...condition };
  const { join, fixed, through } = source;
  const given = Object.fromEntries(Object.keys(join).map((column) => [column, GIVEN]));
  if (through === undefined) return { from: type, scope: { ...fixed, ...given }, ...condition };
  return { from: type, scope: fixed, linked: { navigation: source, source: given }, ...condition };
}
