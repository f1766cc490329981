import type { SyntaxExpression } from '../odata/url/syntax.ts';
import type { LambdaExpression } from '../query/expression.ts';
import { bindCollection } from './bind-path.ts';
import { type Bind, type Scope, unsupported, type Variable } from './bind-scope.ts';

/** Binds `any` and `all` (URL Conventions §5.1.1.13). */
export function bindLambda(syntax: SyntaxExpression & { kind: 'lambda' }, scope: Scope, bindCondition: Bind): LambdaExpression {
  const { operator, source, variable, predicate } = syntax;
  if (source.kind !== 'member') throw unsupported(`'${operator}' of anything but a path`);
  const collection = bindCollection(source, scope);
  const of = { kind: 'lambda', type: 'Edm.Boolean', operator, collection } as const;
  if (variable === undefined || predicate === undefined) return of;
  const meaning: Variable =
    collection.kind === 'navigationCollection'
      ? { kind: 'entity', type: collection.navigation.target }
      : { kind: 'value', type: collection.type };
  const inner = { ...scope, variables: new Map([...scope.variables, [variable, meaning]]) };
  return { ...of, variable, predicate: bindCondition(predicate, inner) };
}
