import { INT32_MAX, INT32_MIN, type PrimitiveName } from '../../edm/primitive.ts';

/** The written form of each primitive type (ABNF section 7): regular expressions that literals in URLs and values in bodies share. */

const YEAR = '-?(?:0\\d{3}|[1-9]\\d{3,})';
const DATE = `${YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])`;
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d(?::(?:[0-5]\\d|60)(?:\\.\\d{1,12})?)?';
const ZONE = '(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const HEX = '[0-9A-Fa-f]';

/** The sources of the patterns, without anchors. */
export const FORM = {
  binary: '(?:[\\w-]{4})*(?:[\\w-]{2}[AEIMQUYcgkosw048]=?|[\\w-][AQgw](?:==)?)?',
  date: DATE,
  dateTimeOffset: `${DATE}[Tt]${TIME}${ZONE}`,
  // xs:dayTimeDuration: at least one part, and none behind a bare T
  duration: '-?P(?=\\d|T\\d)(?:\\d+D)?(?:T(?=\\d)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d+)?S)?)?',
  guid: `${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}`,
  number: '[+-]?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?',
  timeOfDay: TIME,
  enumValue: '(?:[\\p{L}\\p{Nl}_][\\p{L}\\p{Nl}\\p{Nd}\\p{Mn}\\p{Mc}\\p{Pc}\\p{Cf}]{0,127}|[+-]?\\d{1,19})',
} as const;

const whole = (source: string): RegExp => new RegExp(`^(?:${source})$`, 'u');

const NUMBER = whole(`${FORM.number}|NaN|-?INF`);
const INTEGER = /^[+-]?\d+$/;
const ENUM_VALUE = whole(`${FORM.enumValue}(?:,${FORM.enumValue})*`);

const integerBetween = (minimum: bigint, maximum: bigint) => (text: string) => {
  // 19 digits and a sign: longer ones are out of range, and converting them would cost more than linear time
  if (text.length > 20 || !INTEGER.test(text)) return false;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= minimum && value <= maximum;
};

const matches = (source: string) => {
  const pattern = whole(source);
  return (text: string) => pattern.test(text);
};

const TESTS: Readonly<Record<PrimitiveName, (text: string) => boolean>> = {
  'Edm.Binary': matches(FORM.binary),
  'Edm.Boolean': (text) => text === 'true' || text === 'false',
  'Edm.Date': matches(FORM.date),
  'Edm.DateTimeOffset': matches(FORM.dateTimeOffset),
  'Edm.Decimal': (text) => NUMBER.test(text),
  'Edm.Double': (text) => NUMBER.test(text),
  'Edm.Duration': matches(FORM.duration),
  'Edm.Guid': matches(FORM.guid),
  'Edm.Int32': integerBetween(BigInt(INT32_MIN), BigInt(INT32_MAX)),
  'Edm.Int64': integerBetween(-(2n ** 63n), 2n ** 63n - 1n),
  'Edm.String': () => true,
  'Edm.TimeOfDay': matches(FORM.timeOfDay),
};

/**
 * Whether a text has the form of a primitive type's value (ABNF booleanValue, dateValue, …), which is what a quoted string must
 * have to be cast to that type (4.01). Whether a date exists in the calendar is not checked here.
 */
export const hasPrimitiveForm = (type: PrimitiveName, text: string): boolean => TESTS[type](text);

/** Whether a text has the form of an enumeration's value: member names or numbers, separated by commas (ABNF enumValue). */
export const hasEnumForm = (text: string): boolean => ENUM_VALUE.test(text);
