import type { OperationDeclaration } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { compareForOrder } from '../../query/evaluate/compare.ts';
import { evaluate } from '../../query/evaluate/evaluate.ts';
import { bindCondition, bindExpression } from '../bind/expression.ts';
import type { Scope } from '../bind/scope.ts';
import { hidesFutureMembers } from '../write/write-context.ts';
import type { Call } from './context.ts';

/** Query options on what a function returns: whole collections in memory, so that they are narrowed here and not by the store. */

/** The options that can be met. Entities may lead to others, and plain values have no properties: neither is filtered. */
export function narrowingOptions({ returns }: OperationDeclaration): readonly string[] {
  if (returns?.collection !== true) return [];
  const paging = ['top', 'skip', 'count'];
  return typeof returns.type === 'object' && returns.type.kind === 'complex' ? [...paging, 'filter', 'orderBy'] : paging;
}

/** Filters and orders a collection of complex values; any other collection is answered as it is. @throws invalidQueryOption */
export function narrowResult(call: Call, { returns }: OperationDeclaration, all: readonly unknown[]): readonly unknown[] {
  const { filter, orderBy = [], aliases } = call.options;
  const type = returns!.type;
  if (typeof type !== 'object' || type.kind !== 'complex' || (filter === undefined && orderBy.length === 0)) return all;
  const futureMembers = !hidesFutureMembers(call);
  const scope: Scope = { model: call.model, aliases, type, variables: new Map(), depth: 0, bound: { nodes: 0 }, futureMembers };
  const context = { now: call.dependencies.clock.now() };
  const where = filter === undefined ? undefined : bindCondition(filter, scope);
  const order = orderBy.map(({ expression, descending }) => ({ bound: bindExpression(expression, scope), sign: descending ? -1 : 1 }));
  const rows = (all as readonly Row[]).filter((row) => where === undefined || evaluate(where, row, context) === true);
  return rows.toSorted((a, b) => {
    for (const { bound, sign } of order) {
      const difference = compareForOrder(evaluate(bound, a, context), evaluate(bound, b, context), bound);
      if (difference !== 0) return sign * difference;
    }
    return 0;
  });
}
