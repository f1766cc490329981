import type { Expression } from './expression.ts';

/**
 * A condition of a plan that many requests share, with the literals of one of them in its slots.
 * @param literals by slot
 */
export function fillSlots(e: Expression, literals: readonly string[]): Expression {
  switch (e.kind) {
    case 'literal':
      return e.slot === undefined ? e : { kind: 'literal', type: e.type, value: literals[e.slot]! };
    case 'path':
      return e;
    case 'binary':
      return { ...e, left: fillSlots(e.left, literals), right: fillSlots(e.right, literals) };
    case 'unary':
      return { ...e, operand: fillSlots(e.operand, literals) };
    case 'in':
      return { ...e, operand: fillSlots(e.operand, literals), items: e.items.map((item) => fillSlots(item, literals)) };
    case 'call':
      return { ...e, arguments: e.arguments.map((argument) => fillSlots(argument, literals)) };
    case 'lambda':
      return e.predicate === undefined ? e : { ...e, predicate: fillSlots(e.predicate, literals) };
  }
}
