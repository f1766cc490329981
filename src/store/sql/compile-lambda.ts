import type { LambdaExpression, NavigationCollection } from '../../query/expression.ts';
import { type Table, tableOf } from '../schema/table.ts';
import { linkedIds } from './compile-link.ts';
import { columnText, fixedConditions, joinCondition, pathStored, sameTenant } from './compile-path.ts';
import { type Fragment, joinFragments, quoteName, sql } from './fragment.ts';
import { type RowSource, type Scope, sourceOf } from './scope.ts';

/** `any` and `all` as EXISTS, counts as COUNT. A predicate that is null does not hold, so none is ever null. */

/** Compiles what must hold of an element; handed in, as expressions and lambdas contain each other. */
type Predicate = (scope: Scope, negated: boolean) => Fragment | undefined;

/** Compiles a lambda. @param predicate the predicate, negated for `all`; undefined when there is none */
export function compileLambda(e: LambdaExpression, scope: Scope, predicate: Predicate): Fragment {
  const all = e.operator === 'all';
  const { from, element, conditions } = e.collection.kind === 'path' ? jsonElements(e.collection, scope) : targetRows(e.collection, scope);
  const variables = e.variable === undefined ? scope.variables : new Map([...scope.variables, [e.variable, element]]);
  const held = predicate({ ...scope, variables }, all);
  const where = held === undefined ? conditions : [...conditions, held];
  const test = where.length === 0 ? from : sql`${from} WHERE ${joinFragments(where, ' AND ')}`;
  if (e.operator === 'count') return sql`(SELECT COUNT(*) FROM ${test})`;
  return sql`(${all ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${test}))`; // NOT binds looser than the operators around
}

interface Elements {
  readonly from: Fragment;
  readonly element: RowSource;
  readonly conditions: readonly Fragment[];
}

function jsonElements(collection: Extract<LambdaExpression['collection'], { kind: 'path' }>, scope: Scope): Elements {
  const alias = scope.alias();
  return { from: scope.dialect.jsonItems(pathStored(collection, scope), alias), element: { alias }, conditions: [] };
}

function targetRows({ navigation, variable }: NavigationCollection, scope: Scope): Elements {
  const source = sourceOf(variable, scope);
  const target = { alias: scope.alias(), table: tableOf(navigation.target) };
  const named = (row: RowSource & { readonly table: Table }) => `${quoteName(row.table.name)} ${row.alias}`;
  if (navigation.through === undefined) {
    return { from: sql`${named(target)}`, element: target, conditions: [joinCondition(navigation, { source, target, scope })] };
  }
  const link = { alias: scope.alias(), table: tableOf(navigation.through.link()) };
  const starts = joinCondition({ ...navigation, fixed: {} }, { source, target: link, scope });
  return {
    from: sql`${named(target)}`,
    element: target,
    conditions: [
      ...sameTenant(source, target),
      sql`${columnText(target.alias, 'id')} IN (${linkedIds(navigation, { link, conditions: [starts] }, scope)})`,
      ...fixedConditions(navigation, target, scope),
    ],
  };
}
