import type { CountExpression, SyntaxExpression } from '../../odata/url/syntax.ts';
import type { LambdaExpression } from '../../query/expression.ts';
import { bindCollection } from './path.ts';
import { type Bind, ELEMENT, type Scope, unsupported, type Variable } from './scope.ts';

/** Binds what asks of the elements of a collection. */

/** Binds `any` and `all` (URL Conventions §5.1.1.13). */
export function bindLambda(syntax: SyntaxExpression & { kind: 'lambda' }, scope: Scope, bindCondition: Bind): LambdaExpression {
  const { operator, source, variable, predicate } = syntax;
  if (source.kind !== 'member') throw unsupported(`'${operator}' of anything but a path`);
  const collection = bindCollection(source, scope);
  const of = { kind: 'lambda', type: 'Edm.Boolean', operator, collection } as const;
  if (variable === undefined || predicate === undefined) return of;
  const inner = { ...scope, variables: new Map([...scope.variables, [variable, elementOf(collection)]]) };
  return { ...of, variable, predicate: bindCondition(predicate, inner) };
}

/** Binds `path/$count` and `path/$count($filter=…)` (URL Conventions §5.1.1.14). In that filter, names without a variable are those of the element. */
export function bindCount({ source, filter, search }: CountExpression, scope: Scope, bindCondition: Bind): LambdaExpression {
  if (search !== undefined) throw unsupported("'$search' inside '$count'");
  if (source.kind !== 'member') throw unsupported("'$count' of anything but a path");
  const collection = bindCollection(source, scope);
  const of = { kind: 'lambda', type: 'Edm.Int64', operator: 'count', collection } as const;
  if (filter === undefined) return of;
  const variables = new Map([...scope.variables, [ELEMENT, elementOf(collection)]]);
  return { ...of, variable: ELEMENT, predicate: bindCondition(filter, { ...scope, variables, inCount: true }) };
}

/** What the range variable of a collection stands for. */
const elementOf = (collection: LambdaExpression['collection']): Variable =>
  collection.kind === 'navigationCollection'
    ? { kind: 'entity', type: collection.navigation.target }
    : { kind: 'value', type: collection.type };
