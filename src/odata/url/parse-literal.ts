import { INT32_MAX, INT32_MIN } from '../../edm/primitive.ts';
import { FORM, hasEnumForm, hasPrimitiveForm } from './primitive-form.ts';
import { QUALIFIED_NAME_PATTERN, type Scanner } from './scanner.ts';
import type { LiteralExpression, LiteralType } from './syntax.ts';

const sticky = (source: string): RegExp => new RegExp(source, 'y');

const DATE_TIME_OFFSET = sticky(FORM.dateTimeOffset);
const DATE = sticky(FORM.date);
const TIME_OF_DAY = sticky(FORM.timeOfDay);
const GUID = sticky(FORM.guid);
const NUMBER = sticky(FORM.number);
const MAY_START_NUMERIC = /[+-]?\d/y;
const MAY_START_GUID = /[0-9A-Fa-f]{8}-/y;
// `true/x` and `null(…)` are paths and calls of things so named; INF, NaN and null are written in this case only (ABNF %s)
const CONSTANT = /(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|null|NaN|-?INF)(?![\w./('])/y;
// In a template: the letter tells the type, the number the literal
// biome-ignore lint/suspicious/noControlCharactersInRegex: no URL that a client may send holds this one
const SLOT_PATTERN = /\u0001[sd]\d+;/y;
const PREFIX = /(?:duration|binary|geography|geometry)(?=')/iy;

const literal = (type: LiteralType, value: LiteralExpression['value'], text: string): LiteralExpression =>
  Object.freeze({ kind: 'literal', type, value, text });

/** The literal that a number's text is, typed by its form. */
function numberLiteral(text: string): LiteralExpression {
  const value = Number(text);
  if (/[eE]/.test(text)) return literal('Edm.Double', value, text);
  if (text.includes('.')) return literal('Edm.Decimal', value, text);
  if (value >= INT32_MIN && value <= INT32_MAX) return literal('Edm.Int32', value, text);
  return literal(hasPrimitiveForm('Edm.Int64', text) ? 'Edm.Int64' : 'Edm.Decimal', value, text);
}

function constantLiteral(text: string): LiteralExpression {
  switch (text.toLowerCase()) {
    case 'null':
      return literal('null', null, text);
    case 'true':
      return literal('Edm.Boolean', true, text);
    case 'false':
      return literal('Edm.Boolean', false, text);
    case 'nan':
      return literal('Edm.Double', Number.NaN, text);
    default:
      return literal('Edm.Double', text === 'INF' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, text);
  }
}

/** The literal that a slot stands for. */
const slotLiteral = (slot: string): LiteralExpression =>
  Object.freeze({
    kind: 'literal',
    type: slot[1] === 's' ? 'Edm.String' : 'Edm.DateTimeOffset',
    value: null,
    text: '',
    slot: Number(slot.slice(2, -1)),
  });

/** Reads a quoted text, quotes doubled inside. @returns the text without quotes */
function quoted(scanner: Scanner): string {
  const start = scanner.position + 1;
  let end = scanner.text.indexOf("'", start);
  while (end >= 0 && scanner.text[end + 1] === "'") end = scanner.text.indexOf("'", end + 2);
  if (end < 0) {
    scanner.position = scanner.text.length;
    scanner.fail("a closing single quote (write a quote inside a text as '')");
  }
  scanner.position = end + 1;
  return scanner.text.slice(start, end).replaceAll("''", "'");
}

/** Reads `duration'…'`, `binary'…'` or a geo literal, whose prefix comes next. */
function prefixedLiteral(scanner: Scanner, prefix: string): LiteralExpression {
  const start = scanner.position;
  const kind = prefix.toLowerCase();
  if (kind.startsWith('geo')) scanner.refuse(`a ${kind} literal`);
  const type = kind === 'binary' ? 'Edm.Binary' : 'Edm.Duration';
  const value = quoted(scanner);
  if (!hasPrimitiveForm(type, value)) {
    scanner.position = start + 1;
    scanner.fail(type === 'Edm.Binary' ? "base64url text such as 'Zm9v'" : "a duration such as 'P1DT2H'");
  }
  // in memory binary is canonical base64 (edm/primitive.ts)
  const held = type === 'Edm.Binary' ? Buffer.from(value, 'base64url').toString('base64') : value;
  return literal(type, held, scanner.text.slice(start - prefix.length, scanner.position));
}

/** Reads `namespace.type'member'` (ABNF enumLiteral), or nothing when no qualified name with a quote comes next. */
function enumLiteral(scanner: Scanner): LiteralExpression | undefined {
  const start = scanner.position;
  const enumType = scanner.match(QUALIFIED_NAME_PATTERN);
  if (enumType === undefined || scanner.peek() !== "'" || !enumType.includes('.')) {
    scanner.position = start;
    return undefined;
  }
  const opening = scanner.position;
  const value = quoted(scanner);
  if (!hasEnumForm(value)) {
    scanner.position = opening + 1;
    scanner.fail('member names separated by commas');
  }
  return Object.freeze({ kind: 'literal', type: 'enum', value, text: scanner.text.slice(start, scanner.position), enumType });
}

/** Reads what starts with a digit or a sign. Order matters: a date starts with a number. */
function numericLiteral(scanner: Scanner): LiteralExpression | undefined {
  let text = scanner.match(DATE_TIME_OFFSET);
  if (text !== undefined) return literal('Edm.DateTimeOffset', text, text);
  text = scanner.match(DATE);
  if (text !== undefined) return literal('Edm.Date', text, text);
  text = scanner.match(TIME_OF_DAY);
  if (text !== undefined) return literal('Edm.TimeOfDay', text, text);
  text = scanner.match(NUMBER);
  return text === undefined ? undefined : numberLiteral(text);
}

/** Whether a sticky pattern matches here, without moving. */
function sees(scanner: Scanner, pattern: RegExp): boolean {
  pattern.lastIndex = scanner.position;
  return pattern.test(scanner.text);
}

/**
 * Reads a primitive literal (ABNF primitiveLiteral) if one comes next.
 * @returns the literal, or undefined, with nothing moved, when something else comes
 * @throws invalidQueryOption (or the scanner's code) when a literal starts here and is malformed
 */
export function parseLiteral(scanner: Scanner): LiteralExpression | undefined {
  const slot = scanner.isTemplate ? scanner.match(SLOT_PATTERN) : undefined;
  if (slot !== undefined) return slotLiteral(slot);
  if (scanner.peek() === "'") {
    const start = scanner.position;
    const value = quoted(scanner);
    return literal('Edm.String', value, scanner.text.slice(start, scanner.position));
  }
  if (sees(scanner, MAY_START_GUID)) {
    const text = scanner.match(GUID);
    if (text !== undefined) return literal('Edm.Guid', text, text);
  }
  if (sees(scanner, MAY_START_NUMERIC)) return numericLiteral(scanner);
  const constant = scanner.match(CONSTANT);
  if (constant !== undefined) return constantLiteral(constant);
  const prefix = scanner.match(PREFIX);
  if (prefix !== undefined) return prefixedLiteral(scanner, prefix);
  return enumLiteral(scanner);
}
