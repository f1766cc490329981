import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import { type EnumType, isFutureMember } from '../../edm/declare.ts';
import type { Model } from '../../edm/link.ts';
import type { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import type { LiteralExpression, SyntaxExpression } from '../../odata/url/syntax.ts';
import type { CallExpression, Expression, ExpressionType, FunctionName, Literal } from '../../query/expression.ts';
import { type Bind, optionError, type Scope, type Slots, tooDeep, unsupported } from './scope.ts';

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
const MAX_JOINED = 16;

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

/** Literals take the type of what they meet: bare enumeration members, quoted dates and unquoted ids are all accepted (4.01). */

const NUMERIC: ReadonlySet<ExpressionType> = new Set(['Edm.Int32', 'Edm.Int64', 'Edm.Decimal', 'Edm.Double'] as const);

export const isNumeric = (type: ExpressionType): boolean => NUMERIC.has(type);

/** A type's name for messages. */
export const typeName = (type: ExpressionType): string => (typeof type === 'string' ? type : `microsoft.graph.${type.name}`);

/** The type that a literal should have, or the name before its quotes. */
type Wanted = { readonly type: ExpressionType } | { readonly enumName: string };

/** Texts that may be quoted or not, and how to tell a good one. */
const TEXT_FORMS: ReadonlyMap<ExpressionType, RegExp> = new Map([
  ['Edm.Date', /^-?\d{4,}-\d\d-\d\d$/],
  ['Edm.TimeOfDay', /^\d\d:\d\d(:\d\d(\.\d{1,12})?)?$/],
  ['Edm.Duration', /^[+-]?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/],
] as const);

/** The literal as it is written; of a template its slot, which any literal of the type may fill. */
export function plainLiteral({ value, slot }: LiteralExpression, type: ExpressionType, { slots }: Scope): Literal {
  if (slot === undefined) return { kind: 'literal', type, value };
  slots!.met.add(slot);
  return { kind: 'literal', type, value, slot };
}

/** The literal that stands in a slot now, which decides from here on what is bound. */
function pinned(literal: LiteralExpression & { slot: number }, { literals, met, pinned }: Slots): LiteralExpression {
  const { slot, type } = literal;
  met.add(slot);
  pinned.add(slot);
  const value = literals[slot]!;
  return { kind: 'literal', type, value, text: type === 'Edm.String' ? `'${value}'` : value };
}

/** Makes a bound literal. @throws invalidQueryOption when the text does not fit the type */
export function coerce(written: LiteralExpression, wanted: Wanted, scope: Scope): Literal {
  const type = 'type' in wanted ? wanted.type : enumNamed(wanted.enumName, scope.model);
  if (written.slot !== undefined && written.type === type) return plainLiteral(written, type, scope);
  const literal = written.slot === undefined ? written : pinned({ ...written, slot: written.slot }, scope.slots!);
  const of = (value: Literal['value']): Literal => ({ kind: 'literal', type, value });
  const mismatch = () => optionError(`${literal.text.slice(0, 100)} is no ${typeName(type)}.`, literal.text.slice(0, 100));
  if (typeof type === 'object') {
    if (type.kind === 'complex') throw mismatch();
    if (literal.type === 'enum' && enumNamed(literal.enumType!, scope.model) !== type) throw mismatch();
    return of(enumMember(type, literal, scope));
  }
  if (literal.type === type) return of(literal.value);
  if (type === 'Edm.DateTimeOffset' && literal.type === 'Edm.Date') return of(startOfDay(String(literal.value), mismatch));
  if (isNumeric(type) && isNumeric(literal.type as ExpressionType))
    return { kind: 'literal', type: literal.type as ExpressionType, value: literal.value };
  const text = String(literal.value);
  if (type === 'Edm.String' && literal.type === 'Edm.Guid') return of(text.toLowerCase());
  if (literal.type === 'Edm.String') {
    if (type === 'Edm.DateTimeOffset' && parseDateTimeOffset(text) !== undefined) return of(text);
    if (type === 'Edm.DateTimeOffset' && TEXT_FORMS.get('Edm.Date')!.test(text)) return of(startOfDay(text, mismatch));
    if (type === 'Edm.Guid' && isUuid(text)) return of(text.toLowerCase());
    if (TEXT_FORMS.get(type)?.test(text)) return of(text);
    if (type === 'Edm.Boolean' && /^(true|false)$/i.test(text)) return of(text.toLowerCase() === 'true');
    if (isNumeric(type) && text.trim() !== '' && Number.isFinite(Number(text))) return of(Number(text));
  }
  throw mismatch();
}

/** The point in time for which a date stands beside one: midnight UTC. */
function startOfDay(date: string, mismatch: () => AppError): string {
  const text = `${date}T00:00:00Z`;
  if (parseDateTimeOffset(text) === undefined) throw mismatch();
  return text;
}

function enumNamed(qualified: string, model: Model): EnumType {
  const type = model.findType(qualified.slice(qualified.lastIndexOf('.') + 1));
  if (type?.kind !== 'enum') throw optionError(`'${qualified}' is no enumeration of this service.`, qualified);
  return type;
}

/** The member that a literal names, by name or by number: one that the client may know. */
function enumMember(type: EnumType, literal: LiteralExpression, { futureMembers }: Scope): string {
  const text = String(literal.value).toLowerCase();
  const names = Object.keys(type.members).filter((name) => futureMembers || !isFutureMember(type, name));
  const member = names.find((name) => name.toLowerCase() === text) ?? names.find((name) => String(type.members[name]) === text);
  if (member === undefined)
    throw optionError(`'${String(literal.value)}' is no member of ${type.name}. Use one of: ${names.join(', ')}.`, type.name);
  return member;
}
