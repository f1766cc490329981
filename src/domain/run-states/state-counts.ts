import type { EntityType } from '../../edm/declare.ts';
import { RUN_STATES, stateCountColumn } from '../../model/run-state.ts';
import type { Expression } from '../../query/expression.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';
import { numberIn } from '../named-columns.ts';
import { type AnyFamily, allFamilies } from '../policies/families.ts';

/**
 * How many device states of a policy have each result. The derived summary counts them for itself: its published numbers leave out
 * devices whose users were reported on, and results that the documentation does not count. So `$count` costs the same for any number of rows.
 */

const families: ReadonlyMap<EntityType, AnyFamily> = new Map(allFamilies.map((family) => [family.deviceState, family]));

/** The results that a condition holds for, if it asks for nothing else; all of them without one. */
function statesOf(stateColumn: string, where: Expression | undefined): ReadonlySet<unknown> | undefined {
  if (where === undefined) return new Set(RUN_STATES);
  if (where.kind === 'binary' && where.operator === 'or') {
    const [left, right] = [statesOf(stateColumn, where.left), statesOf(stateColumn, where.right)];
    return left === undefined || right === undefined ? undefined : left.union(right);
  }
  const isState = (e: Expression): boolean =>
    e.kind === 'path' && e.property?.name === stateColumn && e.navigation.length + e.nested.length === 0 && e.variable === undefined;
  if (where.kind === 'in') {
    if (!isState(where.operand) || !where.items.every(({ kind }) => kind === 'literal')) return undefined;
    return new Set(where.items.map((item) => item.kind === 'literal' && item.value));
  }
  if (where.kind !== 'binary' || where.right.kind !== 'literal' || !isState(where.left)) return undefined;
  const named = new Set<unknown>([where.right.value]);
  return where.operator === 'eq' ? named : where.operator === 'ne' ? new Set<unknown>(RUN_STATES).difference(named) : undefined;
}

/** The counters that tell how many rows there are; undefined where none do. */
function countersOf({ from, scope, linked, where }: RowSet) {
  const { policyId, ...others } = scope;
  const family = families.get(from);
  const states = family && statesOf(family.stateColumn, where);
  if (
    family === undefined ||
    states === undefined ||
    typeof policyId !== 'string' ||
    linked !== undefined ||
    Object.keys(others).length > 0
  )
    return undefined;
  return { family, policyId, columns: RUN_STATES.filter((state) => states.has(state)).map(stateCountColumn) };
}

/** Whether counters tell how many rows there are, so that counting them costs the same for any number. */
export const countsFromStates = (rows: RowSet): boolean => countersOf(rows) !== undefined;

/** How many rows there are, from the counters where these tell. */
export async function countFromStates(reader: Reader, rows: RowSet): Promise<number> {
  const counters = countersOf(rows);
  if (counters === undefined) return reader.count(rows);
  const { family, policyId, columns } = counters;
  const { parents = [] } = rows;
  const derived = { policyId, origin: 'derived' } as const;
  const [summary] = await reader.select({ from: family.runSummary, scope: derived, parents, orderBy: [], limit: 1, properties: columns });
  return summary === undefined ? reader.count(rows) : columns.reduce((sum, column) => sum + numberIn(summary, column), 0);
}
