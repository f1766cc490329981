import { dateTimeOffsetText, parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { Facets } from '../../edm/declare.ts';
import { INT32_MAX, INT32_MIN, type PrimitiveName, type Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';

/**
 * Checks one JSON value and returns it as it is held in memory. `target` is its path in the body; `stored` is what an update changes:
 * members of a complex value that were not sent are taken from it. @throws invalidValue
 */
export type ValueReader = (value: unknown, target: string, stored?: Value) => Value;

/** The error for a value that does not fit. @param problem follows the property's name: `must be …` */
export const invalidValue = (target: string, problem: string): AppError =>
  new AppError('invalidValue', `'${target}' ${problem}.`, { target });

/** The error for a value of the wrong JSON type. */
export const wrongType = (target: string, expected: string, value: unknown): AppError =>
  invalidValue(target, `must be ${expected}; ${describe(value)} was sent`);

/** The kind of a value, and not the value: it may be a secret, sent in the wrong form. */
function describe(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}${typeof value === 'number' && !Number.isInteger(value) ? ' with a fraction' : ''}`;
}

/**
 * Makes the reader of a primitive type (OData JSON Format 4.01 §7.1) with the facets of the property that it is for.
 */
export function primitiveReader(type: PrimitiveName, facets: Facets): ValueReader {
  switch (type) {
    case 'Edm.Boolean':
      return readBoolean;
    case 'Edm.String':
      return facets.format === 'uuid' ? readGuid : stringReader(facets);
    case 'Edm.Int32':
      return integerReader(bounds(facets, INT32_MIN, INT32_MAX));
    case 'Edm.Int64':
      return integerReader(bounds(facets, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
    case 'Edm.Decimal':
    case 'Edm.Double':
      return numberReader(type, bounds(facets, -Number.MAX_VALUE, Number.MAX_VALUE));
    case 'Edm.Binary':
      return binaryReader(facets);
    case 'Edm.DateTimeOffset':
      return readDateTimeOffset;
    case 'Edm.Guid':
      return readGuid;
    case 'Edm.TimeOfDay':
      return readTimeOfDay;
    default:
      return patternReader(TEXT_FORMS[type]);
  }
}

interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

const bounds = (facets: Facets, minimum: number, maximum: number): Bounds => ({
  minimum: Math.max(facets.minimum ?? minimum, minimum),
  maximum: Math.min(facets.maximum ?? maximum, maximum),
});

const BOOLEAN_TEXTS = new Map([
  ['true', true],
  ['false', false],
]);

/** Graph also reads booleans that are sent as text, in any case: clients serialize them so. */
const readBoolean: ValueReader = (value, target) => {
  const read = typeof value === 'string' ? BOOLEAN_TEXTS.get(value.toLowerCase()) : value;
  if (typeof read !== 'boolean') throw wrongType(target, 'true or false', value);
  return read;
};

const empty = (target: string): AppError => invalidValue(target, 'cannot be empty; send a value');

const stringReader =
  ({ maxLength = Number.POSITIVE_INFINITY, notEmpty }: Facets): ValueReader =>
  (value, target) => {
    if (typeof value !== 'string') throw wrongType(target, 'a string', value);
    if (value === '' && notEmpty === true) throw empty(target);
    if (value.length > maxLength) throw invalidValue(target, `has ${value.length} characters; at most ${maxLength} are allowed`);
    if (value.includes('\0')) throw invalidValue(target, 'holds the character U+0000, which cannot be stored; remove it');
    if (!value.isWellFormed()) throw invalidValue(target, 'holds half of a surrogate pair, which is not a character; remove it');
    return value;
  };

/** An integer that is sent as text. */
export const INTEGER_TEXT = /^[+-]?\d{1,19}$/;

/** Integers may come as text: those of 64 bits with IEEE754Compatible=true (JSON Format §3.2), and Graph reads all of them. */
const integerReader =
  ({ minimum, maximum }: Bounds): ValueReader =>
  (sent, target) => {
    const value = typeof sent === 'string' && INTEGER_TEXT.test(sent) ? Number(sent) : sent;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(target, 'an integer', sent);
    if (value < minimum || value > maximum) throw invalidValue(target, `must be between ${minimum} and ${maximum}`);
    return value + 0; // no negative zero
  };

const SPECIAL = new Map<unknown, number>([
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
  ['NaN', Number.NaN],
]);

/** A number that is sent as text. */
export const NUMBER_TEXT = /^[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?$/;

const numberReader = (type: PrimitiveName, { minimum, maximum }: Bounds): ValueReader => {
  const special = type === 'Edm.Double' ? SPECIAL : new Map<unknown, number>();
  return (sent, target) => {
    const named = special.get(sent);
    if (named !== undefined) return named;
    const value = typeof sent === 'string' && NUMBER_TEXT.test(sent) ? Number(sent) : sent;
    if (typeof value !== 'number') throw wrongType(target, 'a number', sent);
    if (value < minimum || value > maximum) throw invalidValue(target, `must be between ${minimum} and ${maximum}`);
    return value + 0;
  };
};

const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)(={0,2})$/;

/** Standard or URL alphabet, with or without padding (JSON Format §7.1 asks for the latter); kept as standard, padded. */
const binaryReader =
  ({ maxBytes = Number.POSITIVE_INFINITY, notEmpty }: Facets): ValueReader =>
  (value, target) => {
    if (typeof value !== 'string') throw wrongType(target, 'base64 text', value);
    const bytes = Buffer.from(value, 'base64'); // skips what is no base64, hence the comparison
    const canonical = bytes.toString('base64');
    if (canonical !== value) {
      const padding = BASE64.exec(value)?.[1];
      const unpadded = value.length - (padding?.length ?? 0);
      if (padding === undefined || unpadded % 4 === 1 || (padding !== '' && value.length % 4 !== 0)) {
        throw invalidValue(target, 'is not base64; send the bytes in base64 or base64url without line breaks');
      }
    }
    if (bytes.length === 0 && notEmpty === true) throw empty(target);
    if (bytes.length > maxBytes) throw invalidValue(target, `has ${bytes.length} bytes; at most ${maxBytes} are allowed`);
    return canonical;
  };

/** Texts that come out of the store just as they went in. */
const STORED_FORM = /^.{10}T.{8}(?:\.\d{1,7})?(?:Z|\+\d\d:\d\d|-(?!00:00)\d\d:\d\d)$/;

const readDateTimeOffset: ValueReader = (value, target) => {
  const parts = typeof value === 'string' ? parseDateTimeOffset(value) : undefined;
  if (parts === undefined) throw wrongType(target, 'a date and time with offset such as 2026-01-31T12:00:00Z', value);
  return STORED_FORM.test(value as string) ? (value as string) : dateTimeOffsetText(parts);
};

const readGuid: ValueReader = (value, target) => {
  if (typeof value !== 'string' || !isUuid(value)) {
    throw wrongType(target, 'a GUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301', value);
  }
  return value.toLowerCase();
};

interface TextForm {
  readonly example: string;
  readonly pattern: RegExp;
}

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,12})?)?$/;
const NO_SECONDS = '00.0000000';

/** Kept as Graph writes it: with seconds and seven digits of them, which its clients rely on. More digits are cut off. */
const readTimeOfDay: ValueReader = (value, target) => {
  if (typeof value !== 'string' || !TIME_OF_DAY.test(value)) throw wrongType(target, 'a time of day such as 11:58:36.2550000', value);
  const seconds = value.slice('hh:mm:'.length, 'hh:mm:ss.fffffff'.length);
  return `${value.slice(0, 'hh:mm'.length)}:${seconds}${NO_SECONDS.slice(seconds.length)}`;
};

const TEXT_FORMS: Record<'Edm.Date' | 'Edm.Duration', TextForm> = {
  'Edm.Date': { example: 'a date such as 2026-01-31', pattern: /^\d{4}-\d\d-\d\d$/ },
  'Edm.Duration': {
    example: 'a duration such as PT2M43.5S (days, hours, minutes, seconds)',
    pattern: /^[+-]?P(?=.)(?:\d{1,12}D)?(?:T(?=.)(?:\d{1,12}H)?(?:\d{1,12}M)?(?:\d{1,12}(?:\.\d{1,12})?S)?)?$/i,
  },
};

/** Kept as sent, in upper case. A date must also be one of the calendar's. */
const patternReader =
  ({ example, pattern }: TextForm): ValueReader =>
  (value, target) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw wrongType(target, example, value);
    if (pattern === TEXT_FORMS['Edm.Date'].pattern && parseDateTimeOffset(`${value}T00:00Z`) === undefined) {
      throw invalidValue(target, `must be ${example}; there is no ${value}`);
    }
    return value.toUpperCase();
  };
