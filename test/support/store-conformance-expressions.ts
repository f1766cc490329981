import fc from 'fast-check';
import type { EntityType, EnumType } from '../../src/edm/declare.ts';
import { findNavigation, type Property, shapeOf } from '../../src/edm/link.ts';
import type { PrimitiveName } from '../../src/edm/primitive.ts';
import type {
  BinaryOperator,
  Expression,
  ExpressionType,
  FunctionName,
  LambdaExpression,
  PathExpression,
} from '../../src/query/expression.ts';
import { color, group, owner, part, rule, thing } from './store-conformance-model.ts';
import { elementValue, textValue } from './store-conformance-values.ts';

/** Arbitrary well-typed expressions over `thing`: every operator, function, kind of path and lambda. */

/** A path to a property of a type's row, through navigations and into complex values. */
export function pathTo(type: EntityType, ...names: readonly string[]): PathExpression {
  let at = type;
  const navigation = [];
  for (const [i, name] of names.entries()) {
    const next = findNavigation(at, name);
    if (next === undefined) {
      const first = shapeOf(at).property.get(name)!;
      return nestedPath({ kind: 'path', type: first.type, navigation, property: first, nested: [] }, names.slice(i + 1));
    }
    navigation.push(next);
    at = next.target;
  }
  throw new RangeError('a path ends in a property');
}

function nestedPath(path: PathExpression, steps: readonly string[]): PathExpression {
  let { type } = path;
  for (const step of steps) {
    const inner = typeof type === 'object' && type.kind === 'complex' ? shapeOf(type).property.get(step) : undefined;
    type = inner?.type ?? 'Edm.String';
  }
  return { ...path, type, nested: steps };
}

const literal = (type: ExpressionType, value: fc.Arbitrary<Expression extends never ? never : unknown>): fc.Arbitrary<Expression> =>
  value.map((v) => ({ kind: 'literal', type, value: v as never }));

const literalOf = (type: PrimitiveName | EnumType, format?: 'uuid'): fc.Arbitrary<Expression> =>
  literal(type, elementValue({ type, ...(format === undefined ? {} : { format }) }));

const variablePath = (variable: string, property?: Property): PathExpression => ({
  kind: 'path',
  type: property?.type ?? 'Edm.String',
  variable,
  navigation: [],
  ...(property === undefined ? {} : { property }),
  nested: [],
});

const call = (type: ExpressionType, name: FunctionName, ...args: readonly Expression[]): Expression => ({
  kind: 'call',
  type,
  function: name,
  arguments: args,
});

const binary = (type: ExpressionType, operator: BinaryOperator, [left, right]: readonly [Expression, Expression]): Expression => ({
  kind: 'binary',
  type,
  operator,
  left,
  right,
});

const nullLiteral: Expression = { kind: 'literal', type: 'null', value: null };
const paths = (...names: readonly string[]) => fc.constantFrom(...names.map((name) => pathTo(thing, ...name.split('/'))));

const texts = fc.letrec<{ text: Expression; number: Expression }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    paths('name', 'title', 'owner/name', 'owner/group/label', 'rule/name', 'secret', 'rule/@odata.type', 'login', 'owner/login'),
    literalOf('Edm.String'),
    fc.tuple(fc.constantFrom<FunctionName>('tolower', 'toupper', 'trim'), tie('text')).map(([name, a]) => call('Edm.String', name, a)),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => call('Edm.String', 'concat', a, b)),
    fc.tuple(tie('text'), tie('number')).map(([a, n]) => call('Edm.String', 'substring', a, n)),
    fc.tuple(tie('text'), tie('number'), tie('number')).map(([a, n, m]) => call('Edm.String', 'substring', a, n, m)),
  ),
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    paths('count', 'total', 'rule/size'),
    literalOf('Edm.Int32'),
    tie('text').map((a) => call('Edm.Int32', 'length', a)),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => call('Edm.Int32', 'indexof', a, b)),
    fc
      .tuple(fc.constantFrom<BinaryOperator>('add', 'sub', 'mul', 'div', 'mod'), tie('number'), tie('number'))
      .map(([operator, a, b]) => binary('Edm.Int64', operator, [a, b])),
    tie('number').map((operand): Expression => ({ kind: 'unary', type: 'Edm.Int64', operator: 'negate', operand })),
  ),
}));

const dateTimes = fc.letrec<{ at: Expression; length: Expression }>((tie) => ({
  at: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    paths('made', 'seen', 'owner/born', 'rule/since'),
    literalOf('Edm.DateTimeOffset'),
    fc.constantFrom<FunctionName>('now', 'mindatetime', 'maxdatetime').map((name) => call('Edm.DateTimeOffset', name)),
    fc
      .tuple(fc.constantFrom<BinaryOperator>('add', 'sub'), tie('at'), tie('length'))
      .map(([operator, a, b]) => binary('Edm.DateTimeOffset', operator, [a, b])),
  ),
  length: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    paths('length'),
    literalOf('Edm.Duration'),
    fc.tuple(tie('at'), tie('at')).map(([a, b]) => binary('Edm.Duration', 'sub', [a, b])),
    fc
      .tuple(fc.constantFrom<BinaryOperator>('add', 'sub'), tie('length'), tie('length'))
      .map(([operator, a, b]) => binary('Edm.Duration', operator, [a, b])),
    tie('length').map((operand): Expression => ({ kind: 'unary', type: 'Edm.Duration', operator: 'negate', operand })),
  ),
}));

const days = fc.oneof(
  paths('day'),
  literalOf('Edm.Date'),
  dateTimes.at.map((a) => call('Edm.Date', 'date', a)),
  fc.tuple(paths('day'), dateTimes.length).map(([a, b]) => binary('Edm.Date', 'add', [a, b])),
);
const dayDistances = fc.tuple(days, days).map(([a, b]) => binary('Edm.Duration', 'sub', [a, b]));
const times = fc.oneof(
  paths('time'),
  literalOf('Edm.TimeOfDay'),
  dateTimes.at.map((a) => call('Edm.TimeOfDay', 'time', a)),
);

const parts = (from: fc.Arbitrary<Expression>, ...names: readonly FunctionName[]): fc.Arbitrary<Expression> =>
  fc.tuple(fc.constantFrom(...names), from).map(([name, a]) => call(name === 'fractionalseconds' ? 'Edm.Decimal' : 'Edm.Int32', name, a));

const numbers: fc.Arbitrary<Expression> = fc.oneof(
  texts.number,
  paths('ratio'),
  literalOf('Edm.Double'),
  parts(dateTimes.at, 'year', 'month', 'day', 'hour', 'minute', 'second', 'fractionalseconds', 'totaloffsetminutes'),
  parts(days, 'year', 'month', 'day'),
  parts(times, 'hour', 'minute', 'second', 'fractionalseconds'),
  fc
    .tuple(fc.constantFrom<FunctionName>('round', 'floor', 'ceiling'), fc.oneof(paths('ratio', 'count'), literalOf('Edm.Double')))
    .map(([name, a]) => call('Edm.Double', name, a)),
  fc
    .tuple(fc.constantFrom<BinaryOperator>('add', 'sub', 'mul', 'div', 'divby', 'mod'), paths('ratio'), texts.number)
    .map(([operator, a, b]) => binary('Edm.Double', operator, [a, b])),
);

const colors = fc.oneof(paths('color', 'rule/color'), literalOf(color));
const ids = fc.oneof(
  paths('id', 'ownerId', 'owner/id'),
  literalOf('Edm.String', 'uuid'),
  literalOf('Edm.String', 'uuid').map((e) => (e.kind === 'literal' ? { ...e, value: String(e.value).toUpperCase() } : e)),
  literal('Edm.String', textValue),
);
const binaries = fc.oneof(paths('content'), literalOf('Edm.Binary'));

/** Values with an order, by which rows can be sorted and compared. */
export const sortable: fc.Arbitrary<Expression> = fc.oneof(
  texts.text,
  numbers,
  dateTimes.at,
  dateTimes.length,
  days,
  times,
  colors,
  paths('id', 'enabled', 'checked', 'ownerId'),
);

const comparison = (operators: readonly BinaryOperator[], operand: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> =>
  fc
    .tuple(
      fc.constantFrom(...operators),
      operand,
      fc.oneof({ weight: 6, arbitrary: operand }, { weight: 1, arbitrary: fc.constant(nullLiteral) }),
    )
    .map(([operator, a, b]) => binary('Edm.Boolean', operator, [a, b]));

const ALL: readonly BinaryOperator[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];

const membership = (operand: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> =>
  fc
    .tuple(operand, fc.array(fc.oneof(operand, fc.constant(nullLiteral)), { minLength: 1, maxLength: 4 }))
    .map(([of, items]) => ({ kind: 'in', type: 'Edm.Boolean', operand: of, items }));

const simple: fc.Arbitrary<Expression> = fc.oneof(
  comparison(ALL, texts.text),
  comparison(ALL, numbers),
  comparison(ALL, dateTimes.at),
  comparison(ALL, fc.oneof(dateTimes.length, dayDistances)),
  comparison(ALL, days),
  comparison(ALL, times),
  comparison(ALL, colors),
  comparison(['eq', 'ne'], fc.oneof(paths('enabled', 'checked', 'rule/active'), literalOf('Edm.Boolean'))),
  comparison(['eq', 'ne', 'gt', 'le'], ids),
  comparison(['eq', 'ne'], binaries),
  paths('enabled', 'checked', 'rule/active'),
  fc.tuple(colors, literalOf(color)).map((pair) => binary('Edm.Boolean', 'has', pair)),
  fc
    .tuple(fc.constantFrom('rule', 'rules', 'tags'), fc.constantFrom<BinaryOperator>('eq', 'ne'))
    .map(([name, operator]) => binary('Edm.Boolean', operator, [pathTo(thing, name), nullLiteral])),
  fc
    .tuple(fc.constantFrom<FunctionName>('contains', 'startswith', 'endswith'), texts.text, texts.text)
    .map(([name, a, b]) => call('Edm.Boolean', name, a, b)),
  fc
    .tuple(texts.text, fc.constantFrom('^a', 'b$', '.', '^.$', '[A-Z]', '', '%|_', '\\p{Lu}'))
    .map(([a, pattern]) => call('Edm.Boolean', 'matchespattern', a, { kind: 'literal', type: 'Edm.String', value: pattern })),
  membership(texts.text),
  membership(ids),
  membership(colors),
  membership(dateTimes.at),
);

/** What can be asked of the elements of each collection. */
const elementConditions: readonly (readonly [LambdaExpression['collection'], fc.Arbitrary<Expression>])[] = [
  [pathTo(thing, 'tags'), comparison(ALL, fc.oneof(fc.constant(variablePath('x')), texts.text))],
  [pathTo(thing, 'rules'), ruleConditions()],
  ...['parts', 'greenParts'].map((name) => [collectionOf(name), partConditions()] as const),
  [collectionOf('namesakes'), namesakeConditions()],
  [collectionOf('groups'), comparison(ALL, fc.oneof(fc.constant(variablePath('x', shapeOf(group).property.get('label'))), texts.text))],
];

/** A count without its condition. */
const allOf = ({ predicate: _, variable: __, ...counted }: LambdaExpression): LambdaExpression => counted;

function collectionOf(name: string): LambdaExpression['collection'] {
  return { kind: 'navigationCollection', navigation: findNavigation(thing, name)! };
}

function ruleConditions(): fc.Arbitrary<Expression> {
  const at = (name: string) => fc.constant(variablePath('x', shapeOf(rule).property.get(name)));
  return fc.oneof(
    comparison(ALL, fc.oneof(at('name'), texts.text)),
    comparison(ALL, fc.oneof(at('size'), texts.number)),
    comparison(ALL, fc.oneof(at('color'), colors)),
    comparison(ALL, fc.oneof(at('since'), dateTimes.at)),
    at('active'),
  );
}

function partConditions(): fc.Arbitrary<Expression> {
  const at = (name: string) => fc.constant(variablePath('x', shapeOf(part).property.get(name)));
  return fc.oneof(
    comparison(ALL, fc.oneof(at('label'), texts.text)),
    comparison(ALL, fc.oneof(at('size'), texts.number)),
    comparison(ALL, fc.oneof(at('color'), colors)),
    comparison(['eq', 'ne'], fc.oneof(at('thingId'), ids)),
  );
}

function namesakeConditions(): fc.Arbitrary<Expression> {
  const at = (name: string) => fc.constant(variablePath('x', shapeOf(owner).property.get(name)));
  return comparison(ALL, fc.oneof(at('login'), at('name'), texts.text));
}

/** Arbitrary conditions. */
export const condition: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression; lambda: Expression }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    simple,
    fc
      .tuple(fc.constantFrom<BinaryOperator>('and', 'or'), tie('any'), tie('any'))
      .map(([operator, a, b]) => binary('Edm.Boolean', operator, [a, b])),
    tie('any').map((operand): Expression => ({ kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand })),
    fc.tuple(tie('any'), tie('any')).map((pair) => binary('Edm.Boolean', 'eq', pair)),
    tie('lambda'),
  ),
  lambda: fc
    .record({
      operator: fc.constantFrom<'any' | 'all' | 'count'>('any', 'all', 'count'),
      size: fc.tuple(fc.constantFrom(...ALL), fc.nat(3)),
      which: fc.nat(elementConditions.length - 1),
      bare: fc.nat(5),
      extra: simple,
      joined: fc.boolean(),
    })
    .chain(({ operator, which, bare, extra, joined, size }) => {
      const [collection, conditions] = elementConditions[which]!;
      return conditions.map((own): Expression => {
        if (bare === 0) return { kind: 'lambda', type: 'Edm.Boolean', operator: 'any', collection };
        const predicate = joined ? binary('Edm.Boolean', 'or', [own, extra]) : own;
        if (operator !== 'count') return { kind: 'lambda', type: 'Edm.Boolean', operator, collection, variable: 'x', predicate };
        const counted = { kind: 'lambda', type: 'Edm.Int64', operator, collection, variable: 'x', predicate } as const;
        return binary('Edm.Boolean', size[0], [
          bare === 1 ? allOf(counted) : counted,
          { kind: 'literal', type: 'Edm.Int32', value: size[1] },
        ]);
      });
    }),
})).any;
