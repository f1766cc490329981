import type { Navigation } from '../../edm/link.ts';
import { type Table, TENANT_COLUMN } from '../schema/table.ts';
import { columnText } from './compile-path.ts';
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
  const ends = (alias: string): string => `${columnText(alias, TENANT_COLUMN)}, ${columnText(alias, linkTo)}`;
  const step = `${columnText(next, TENANT_COLUMN)} = ${found}.tenant AND ${columnText(next, Object.keys(join)[0]!)} = ${found}.id`;
  return sql`WITH RECURSIVE ${found}(tenant, id) AS (SELECT ${ends(link.alias)} ${from} ${link.alias} WHERE ${where} UNION SELECT ${ends(next)} ${from} ${next} JOIN ${found} ON ${step}) SELECT id FROM ${found}`;
}
