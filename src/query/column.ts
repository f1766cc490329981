import type { ComplexType, EntityType } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import type { Expression, PathExpression } from './expression.ts';
import type { OrderItem } from './plan.ts';

/** The expression that reads one column of a type. @param name a column of the type, internal ones included */
export function column(type: EntityType | ComplexType, name: string): PathExpression {
  const property = shapeOf(type).property.get(name)!;
  return { kind: 'path', type: property.type, navigation: [], property, nested: [] };
}

/** The order of a type's storage key, without the columns whose value is fixed. */
export const keyOrder = (type: EntityType, fixed: Readonly<Record<string, unknown>> = {}): readonly OrderItem[] =>
  type.storage!.key.filter((name) => fixed[name] === undefined).map((name) => ({ expression: column(type, name), descending: false }));

/** The condition that a column of whole numbers holds no more than this. */
export const notAfter = (type: EntityType, name: string, value: number): Expression => compare(column(type, name), 'le', value);

/** The condition that a column of whole numbers holds no less than this. */
export const notBefore = (type: EntityType, name: string, value: number): Expression => compare(column(type, name), 'ge', value);

const compare = (left: Expression, operator: 'le' | 'ge', value: number): Expression => ({
  kind: 'binary',
  type: 'Edm.Boolean',
  operator,
  left,
  right: { kind: 'literal', type: 'Edm.Int64', value },
});
