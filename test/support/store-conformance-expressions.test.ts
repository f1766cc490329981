import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { BinaryOperator, Expression, FunctionName, NavigationCollection, UnaryExpression } from '../../src/query/expression.ts';
import { condition } from './store-conformance-expressions.ts';

// Records, so that an operator or a function that is new does not compile here until it stands among them.
const FUNCTIONS: Readonly<Record<FunctionName, true>> = {
  concat: true,
  contains: true,
  endswith: true,
  indexof: true,
  length: true,
  startswith: true,
  substring: true,
  tolower: true,
  toupper: true,
  trim: true,
  matchespattern: true,
  date: true,
  day: true,
  fractionalseconds: true,
  hour: true,
  maxdatetime: true,
  mindatetime: true,
  minute: true,
  month: true,
  now: true,
  second: true,
  time: true,
  totaloffsetminutes: true,
  year: true,
  ceiling: true,
  floor: true,
  round: true,
};
const OPERATORS: Readonly<Record<BinaryOperator | UnaryExpression['operator'] | 'in' | 'any' | 'all' | 'count', true>> = {
  and: true,
  or: true,
  not: true,
  eq: true,
  ne: true,
  gt: true,
  ge: true,
  lt: true,
  le: true,
  has: true,
  in: true,
  add: true,
  sub: true,
  mul: true,
  div: true,
  divby: true,
  mod: true,
  negate: true,
  any: true,
  all: true,
  count: true,
};

const PARTS = ['left', 'right', 'operand', 'items', 'arguments', 'predicate', 'collection'] as const;
type Part = Partial<Record<(typeof PARTS)[number], unknown>> & {
  readonly kind: string;
  readonly operator?: string;
  readonly function?: string;
};

/** Notes what an expression is made of. */
function note(e: Expression | NavigationCollection, found: Set<string>): void {
  const part: Part = e;
  found.add(part.operator ?? part.function ?? (e.kind === 'in' ? 'in' : ''));
  if (e.kind === 'path' && e.navigation.length > 0) found.add('a path along navigations');
  if (e.kind === 'path' && e.nested.length > 0) found.add('a path into a complex value');
  if (e.kind === 'path' && e.variable !== undefined) found.add('a range variable');
  if (e.kind === 'literal' && e.value === null) found.add('null');
  if (e.kind === 'navigationCollection') found.add('related entities');
  for (const name of PARTS) for (const below of [part[name] ?? []].flat()) note(below as Expression, found);
}

it('the random conditions that stores are tested with reach every operator, function and kind of path', () => {
  const found = new Set<string>();
  for (const e of fc.sample(condition, { numRuns: 3000, seed: 1 })) note(e, found);
  const others = ['a path along navigations', 'a path into a complex value', 'a range variable', 'null', 'related entities'];
  expect([...Object.keys(FUNCTIONS), ...Object.keys(OPERATORS), ...others].filter((one) => !found.has(one))).toEqual([]);
});
