import type { EntityType } from '../../edm/declare.ts';
import type { QueryOptions } from '../../odata/options/query-options.ts';
import { bindClauses, type Query, type QueryScope } from '../bind/clauses.ts';
import { mapTexts, withTexts } from './other-texts.ts';

type OptionScope = Omit<QueryScope, 'aliases' | 'bound'>;

interface Bound {
  readonly type: EntityType;
  readonly scope: OptionScope;
  readonly query: Query;
}

/** The options of a query and what they ask for, which is worked out once: those of queries that come again are one object (`prepare.ts`). */
export class BoundOptions {
  readonly options: QueryOptions;
  readonly #bound: Bound[];
  readonly #onBound: ((nodes: number) => void) | undefined;
  #nodes = 0;

  /** @param known `onBound` is told how many nodes are bound in all, whenever some are */
  constructor(options: QueryOptions, known: { readonly bound?: Bound[]; readonly onBound?: ((nodes: number) => void) | undefined } = {}) {
    this.options = options;
    this.#bound = known.bound ?? [];
    this.#onBound = known.onBound;
  }

  /** What is asked of rows of a type. @throws invalidQueryOption, unsupportedQueryOption */
  queryOf(type: EntityType, scope: OptionScope): Query {
    const { model, futureMembers } = scope;
    const same = this.#bound.find((one) => one.type === type && one.scope.model === model && one.scope.futureMembers === futureMembers);
    if (same !== undefined) return same.query;
    const bound = { nodes: 0 };
    const query = bindClauses(this.options, type, { ...scope, aliases: this.options.aliases, bound });
    this.#bound.push({ type, scope, query });
    this.#nodes += bound.nodes;
    this.#onBound?.(this.#nodes);
    return query;
  }

  /**
   * The options of a query that differs from this one in its texts alone, bound as far as these are.
   * @param texts `from` are those of this query, in order, and `to` those that stand in their places
   * @returns undefined where a text means more than itself, so that the query must be parsed
   */
  withTexts({ from, to }: { readonly from: readonly string[]; readonly to: readonly string[] }): BoundOptions | undefined {
    const { options } = this;
    const replaced = new Map(from.map((text, index) => [text, to[index]!]));
    if (this.#bound.length === 0 || options.filter === undefined || replaced.size < from.length) return undefined;
    const written: string[] = [];
    const filter = mapTexts(options.filter, (text) => to[written.push(text) - 1] ?? text);
    if (filter === undefined || written.length !== from.length || written.some((text, index) => text !== from[index])) return undefined;
    const others: Bound[] = [];
    for (const { type, scope, query } of this.#bound) {
      const where = query.where === undefined ? undefined : withTexts(query.where, replaced);
      if (where === undefined) return undefined;
      others.push({ type, scope, query: { ...query, where } });
    }
    return new BoundOptions({ ...options, filter }, { bound: others });
  }
}
