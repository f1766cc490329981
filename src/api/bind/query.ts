import type { EntityType } from '../../edm/declare.ts';
import type { Navigation } from '../../edm/link.ts';
import type { ExpandItem } from '../../odata/options/query-options.ts';
import type { Expression } from '../../query/expression.ts';
import type { OrderItem } from '../../query/plan.ts';

/** What is asked of a collection or an entity, bound to the model. */
export interface Query {
  readonly type: EntityType;
  readonly where?: Expression;
  /** What the client asked for, then the key: a total order. */
  readonly orderBy: readonly OrderItem[];
  /** Properties and navigations by name, parts of complex values by path; everything when absent. */
  readonly select?: readonly string[];
  readonly expand: readonly Expand[];
  readonly top?: number;
  readonly skip?: number;
  readonly count: boolean;
}

/** One expanded navigation. */
export interface Expand {
  readonly navigation: Navigation;
  readonly form: ExpandItem['form'];
  readonly query: Query;
  /** The options as written: links to the rest of a long collection repeat them. */
  readonly written: readonly string[];
}
