import type { Navigation } from '../../edm/link.ts';
import type { Table } from '../schema/table.ts';
import { columnText, isTenants } from './compile-path.ts';
import { type Fragment, joinFragments, quoteName, sql } from './fragment.ts';
import type { RowSource, Scope } from './scope.ts';

/** The rows of a link type that start at the source. */
export interface LinkRows {
  readonly link: RowSource & { readonly table: Table };
  readonly conditions: readonly Fragment[];
}

/**
 * The ids that a many-to-many navigation leads to, as a SELECT: a list of them never multiplies rows. A transitive navigation goes
 * on from what it finds, but from nothing twice, so that circles end.
 */
export function linkedIds({ join, through }: Navigation, { link, conditions }: LinkRows, scope: Scope): Fragment {
  const { linkTo, transitive = false } = through!;
  const from = `FROM ${quoteName(link.table.name)}`;
  const where = joinFragments(conditions, ' AND ');
  if (!transitive) return sql`SELECT ${columnText(link.alias, linkTo)} ${from} ${link.alias} WHERE ${where}`;
  const [found, next] = [scope.alias(), scope.alias()];
  const step = sql`${isTenants(next, scope.dialect)} AND ${columnText(next, Object.keys(join)[0]!)} = ${found}.id`;
  return sql`WITH RECURSIVE ${found}(id) AS (SELECT ${columnText(link.alias, linkTo)} ${from} ${link.alias} WHERE ${where} UNION SELECT ${columnText(next, linkTo)} ${from} ${next} JOIN ${found} ON ${step}) SELECT id FROM ${found}`;
}
