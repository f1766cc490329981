import type { EntityType } from '../edm/declare.ts';
import { conjunction, type Expression, type LambdaExpression, TARGET } from './expression.ts';
import type { RowSet, SelectPlan } from './plan.ts';

/**
 * What must hold of a row for somebody to see it; undefined where all rows of a type are seen.
 * @param variable the range variable that stands for the row; absent for the row in question
 */
export type Visible = (type: EntityType, variable?: string) => Expression | undefined;

/** A plan that finds only what is visible: in its own rows, and in the rows that its conditions and its order look at. */
export function limitRows<P extends RowSet & Partial<SelectPlan>>(plan: P, visible: Visible): P {
  const limit = limiter(visible);
  const where = conjunction(visible(plan.from), plan.where === undefined ? undefined : limit(plan.where));
  return {
    ...plan,
    ...(where === undefined ? {} : { where }),
    ...(plan.orderBy === undefined ? {} : { orderBy: plan.orderBy.map((item) => ({ ...item, expression: limit(item.expression) })) }),
  };
}

/** Rewrites expressions so that what is not visible is not there: single targets are missing, collections are shorter. */
function limiter(visible: Visible): <E extends Expression>(e: E) => E {
  const limited = (e: Expression): Expression => {
    switch (e.kind) {
      case 'literal':
        return e;
      case 'path': {
        const guards = e.navigation.map(({ target }, i) => conjunction(visible(target, TARGET), e.guards?.[i]));
        return guards.every((guard) => guard === undefined) ? e : { ...e, guards };
      }
      case 'binary':
        return { ...e, left: limited(e.left), right: limited(e.right) };
      case 'unary':
        return { ...e, operand: limited(e.operand) };
      case 'in':
        return { ...e, operand: limited(e.operand), items: e.items.map(limited) };
      case 'call':
        return { ...e, arguments: e.arguments.map(limited) };
      case 'lambda':
        return lambda({ ...e, ...(e.predicate === undefined ? {} : { predicate: limited(e.predicate) }) });
    }
  };

  const lambda = (e: LambdaExpression): LambdaExpression => {
    const { collection, variable = '$item', predicate, operator } = e;
    if (collection.kind === 'path') return { ...e, collection: limited(collection) as typeof collection };
    const seen = visible(collection.navigation.target, variable);
    if (seen === undefined) return e;
    if (operator !== 'all') return { ...e, variable, predicate: conjunction(seen, predicate)! };
    if (predicate === undefined) return e;
    const unseen: Expression = { kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: seen };
    return { ...e, variable, predicate: { kind: 'binary', type: 'Edm.Boolean', operator: 'or', left: unseen, right: predicate } };
  };

  return <E extends Expression>(e: E) => limited(e) as E;
}

/** Whether a condition or an order of a plan looks at rows of a type, along navigations. */
export function reachesType({ where, orderBy = [] }: RowSet & Partial<SelectPlan>, type: EntityType): boolean {
  return (where !== undefined && reaches(where)) || orderBy.some(({ expression }) => reaches(expression));

  function reaches(e: Expression): boolean {
    switch (e.kind) {
      case 'literal':
        return false;
      case 'path':
        return e.navigation.some(({ target }) => target === type);
      case 'binary':
        return reaches(e.left) || reaches(e.right);
      case 'unary':
        return reaches(e.operand);
      case 'in':
        return reaches(e.operand) || e.items.some(reaches);
      case 'call':
        return e.arguments.some(reaches);
      case 'lambda':
        return (
          (e.collection.kind === 'path' ? reaches(e.collection) : e.collection.navigation.target === type) ||
          (e.predicate !== undefined && reaches(e.predicate))
        );
    }
  }
}
