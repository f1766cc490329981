import type { ComplexType, EntityType } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import type { PathExpression } from './expression.ts';
import type { OrderItem } from './plan.ts';

/** The expression that reads one column of a type. @param name a column of the type, internal ones included */
export function column(type: EntityType | ComplexType, name: string): PathExpression {
  const property = shapeOf(type).property.get(name)!;
  return { kind: 'path', type: property.type, navigation: [], property, nested: [] };
}

/** The order of a type's storage key, without the columns whose value is fixed. */
export const keyOrder = (type: EntityType, fixed: Readonly<Record<string, unknown>> = {}): readonly OrderItem[] =>
  type.storage!.key.filter((name) => fixed[name] === undefined).map((name) => ({ expression: column(type, name), descending: false }));
