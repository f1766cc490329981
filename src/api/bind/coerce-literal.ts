import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import { type EnumType, isFutureMember } from '../../edm/declare.ts';
import type { Model } from '../../edm/link.ts';
import type { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import type { LiteralExpression } from '../../odata/url/syntax.ts';
import type { ExpressionType, Literal } from '../../query/expression.ts';
import { optionError, type Scope, type Slots } from './scope.ts';

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
