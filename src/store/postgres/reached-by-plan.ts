import type { EntityType } from '../../edm/declare.ts';
import type { Expression, NavigationCollection } from '../../query/expression.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';

/** Every type whose rows decide what a plan answers. */
export function reachedByPlan(plan: RowSet & Partial<SelectPlan>): ReadonlySet<EntityType> {
  const types = new Set<EntityType>([plan.from]);
  if (plan.linked !== undefined) types.add(plan.linked.navigation.through!.link());
  if (plan.where !== undefined) visit(plan.where, types);
  for (const { expression } of plan.orderBy ?? []) visit(expression, types);
  return types;
}

function visit(e: Expression | NavigationCollection, types: Set<EntityType>): void {
  switch (e.kind) {
    case 'literal':
      return;
    case 'path':
      for (const navigation of e.navigation) types.add(navigation.target);
      for (const guard of e.guards ?? []) if (guard !== undefined) visit(guard, types);
      return;
    case 'navigationCollection':
      types.add(e.navigation.target);
      if (e.navigation.through !== undefined) types.add(e.navigation.through.link());
      return;
    case 'lambda':
      visit(e.collection, types);
      if (e.predicate !== undefined) visit(e.predicate, types);
      return;
    case 'binary':
      visit(e.left, types);
      visit(e.right, types);
      return;
    case 'unary':
      visit(e.operand, types);
      return;
    case 'in':
      visit(e.operand, types);
      for (const item of e.items) visit(item, types);
      return;
    case 'call':
      for (const argument of e.arguments) visit(argument, types);
  }
}
