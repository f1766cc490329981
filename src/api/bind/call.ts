import type { SyntaxExpression } from '../../odata/url/syntax.ts';
import type { CallExpression, Expression, ExpressionType, FunctionName } from '../../query/expression.ts';
import { coerce, isNumeric, typeName } from './coerce-literal.ts';
import { type Bind, optionError, type Scope, tooDeep, unsupported } from './scope.ts';

/** Binds calls of canonical functions (URL Conventions §5.1.1.5–§5.1.1.10). */

type ParameterType = ExpressionType | 'number';

/** Parameter types and result of each function; several where it is overloaded. `number` is any number, and a result of it the argument's type. */
export const SIGNATURES: Readonly<
  Record<FunctionName, readonly (readonly [parameters: readonly ParameterType[], result: ParameterType])[]>
> = {
  concat: [[['Edm.String', 'Edm.String'], 'Edm.String']],
  contains: [[['Edm.String', 'Edm.String'], 'Edm.Boolean']],
  endswith: [[['Edm.String', 'Edm.String'], 'Edm.Boolean']],
  indexof: [[['Edm.String', 'Edm.String'], 'Edm.Int32']],
  length: [[['Edm.String'], 'Edm.Int32']],
  startswith: [[['Edm.String', 'Edm.String'], 'Edm.Boolean']],
  substring: [
    [['Edm.String', 'number'], 'Edm.String'],
    [['Edm.String', 'number', 'number'], 'Edm.String'],
  ],
  tolower: [[['Edm.String'], 'Edm.String']],
  toupper: [[['Edm.String'], 'Edm.String']],
  trim: [[['Edm.String'], 'Edm.String']],
  matchespattern: [[['Edm.String', 'Edm.String'], 'Edm.Boolean']],
  date: [[['Edm.DateTimeOffset'], 'Edm.Date']],
  day: [
    [['Edm.DateTimeOffset'], 'Edm.Int32'],
    [['Edm.Date'], 'Edm.Int32'],
  ],
  fractionalseconds: [
    [['Edm.DateTimeOffset'], 'Edm.Decimal'],
    [['Edm.TimeOfDay'], 'Edm.Decimal'],
  ],
  hour: [
    [['Edm.DateTimeOffset'], 'Edm.Int32'],
    [['Edm.TimeOfDay'], 'Edm.Int32'],
  ],
  maxdatetime: [[[], 'Edm.DateTimeOffset']],
  mindatetime: [[[], 'Edm.DateTimeOffset']],
  minute: [
    [['Edm.DateTimeOffset'], 'Edm.Int32'],
    [['Edm.TimeOfDay'], 'Edm.Int32'],
  ],
  month: [
    [['Edm.DateTimeOffset'], 'Edm.Int32'],
    [['Edm.Date'], 'Edm.Int32'],
  ],
  now: [[[], 'Edm.DateTimeOffset']],
  second: [
    [['Edm.DateTimeOffset'], 'Edm.Int32'],
    [['Edm.TimeOfDay'], 'Edm.Int32'],
  ],
  time: [[['Edm.DateTimeOffset'], 'Edm.TimeOfDay']],
  totaloffsetminutes: [[['Edm.DateTimeOffset'], 'Edm.Int32']],
  year: [
    [['Edm.DateTimeOffset'], 'Edm.Int32'],
    [['Edm.Date'], 'Edm.Int32'],
  ],
  ceiling: [[['number'], 'number']],
  floor: [[['number'], 'number']],
  round: [[['number'], 'number']],
};

const isKnown = (name: string): name is FunctionName => Object.hasOwn(SIGNATURES, name);

/** Binds a call, giving literal arguments the type that the function wants. */
export function bindCall(syntax: SyntaxExpression & { kind: 'call' }, scope: Scope, bind: Bind): CallExpression {
  const name = syntax.name.toLowerCase();
  if (!isKnown(name) || syntax.source !== undefined) throw unsupported(`The function '${syntax.name}'`);
  const given = syntax.arguments.map(({ value }) => value);
  for (const [parameters, result] of SIGNATURES[name]) {
    if (parameters.length !== given.length) continue;
    const bound = given.map((argument, index) => fitting([argument, bind(argument, scope)], parameters[index]!, scope));
    if (bound.some((argument) => argument === undefined)) continue;
    const args = bound.filter((argument) => argument !== undefined);
    const [, , length] = args;
    if (length?.kind === 'literal' && Number(length.value) < 0) throw optionError('A part has 0 characters or more.', syntax.name);
    if (name === 'concat') checkJoined(args);
    return { kind: 'call', type: result === 'number' ? numberType(args[0]!.type) : result, function: name, arguments: args };
  }
  const wanted = SIGNATURES[name].map(([parameters]) => `${name}(${parameters.map((p) => (p === 'number' ? p : typeName(p))).join(', ')})`);
  throw optionError(`Call it as ${wanted.join(' or ')}.`, syntax.name);
}

/** Texts that one text may be joined of: aliases can double them again and again, and each may be long in every row. */
export const MAX_JOINED = 16;

/** @throws tooDeep */
function checkJoined(texts: readonly Expression[]): void {
  if (texts.reduce((sum, text) => sum + joinedTexts(text), 0) > MAX_JOINED)
    throw tooDeep(`joins more than ${MAX_JOINED} texts by 'concat', counting what its aliases stand for`);
}

/** How many texts make up a text: functions that change one change no number of them. */
function joinedTexts(e: Expression): number {
  if (e.kind !== 'call' || e.type !== 'Edm.String') return 1;
  const [first] = e.arguments;
  return e.function === 'concat' ? e.arguments.reduce((sum, text) => sum + joinedTexts(text), 0) : joinedTexts(first!);
}

const numberType = (type: ExpressionType): ExpressionType => (type === 'null' ? 'Edm.Decimal' : type);

/** The bound argument, or undefined where its type does not fit. */
function fitting(
  [argument, bound]: readonly [SyntaxExpression, Expression],
  parameter: ParameterType,
  scope: Scope,
): Expression | undefined {
  const fits = parameter === 'number' ? isNumeric(bound.type) : bound.type === parameter;
  if (fits || bound.type === 'null') return bound;
  const guid = argument.kind === 'literal' && argument.type === 'Edm.Guid' && parameter === 'Edm.String';
  return guid ? coerce(argument, { type: 'Edm.String' }, scope) : undefined;
}
