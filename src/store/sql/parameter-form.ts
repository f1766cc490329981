import { parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { Value } from '../../edm/primitive.ts';
import { durationTicks, timeOfDayTicks } from '../../query/evaluate/duration.ts';
import type { ExpressionType } from '../../query/expression.ts';
import type { SqlValue } from './fragment.ts';

/**
 * The forms that parameters are bound in. `integer` is exact, `number` any number of an expression; `ticks` and `form` are those of a
 * DateTimeOffset; `rows` is a number of rows, -1 where there is no limit; `pattern` is a regular expression in RE2's syntax.
 */
export type ParameterForm =
  | 'text'
  | 'guid'
  | 'integer'
  | 'number'
  | 'ticks'
  | 'form'
  | 'duration'
  | 'timeOfDay'
  | 'uuid'
  | 'binary'
  | 'pattern'
  | 'rows';

/** The form in which values of a type are compared: the counterpart of `comparable` in `query/evaluate/compare.ts`. */
export function formOf(type: ExpressionType): ParameterForm {
  switch (type) {
    case 'Edm.DateTimeOffset':
      return 'ticks';
    case 'Edm.Duration':
      return 'duration';
    case 'Edm.TimeOfDay':
      return 'timeOfDay';
    case 'Edm.Guid':
      return 'guid';
    case 'Edm.Binary':
      return 'binary';
    case 'Edm.Int32':
    case 'Edm.Int64':
    case 'Edm.Double':
    case 'Edm.Decimal':
      return 'number';
    default:
      return 'text';
  }
}

/** Ticks of DateTimeOffset text. */
export const encodeTicks = (value: Value): SqlValue => parseDateTimeOffset(String(value))?.ticks ?? null;

/** Form of DateTimeOffset text. */
export const encodeForm = (value: Value): SqlValue => parseDateTimeOffset(String(value))?.form ?? null;

const asIs = (value: Value): SqlValue => value as SqlValue;
const asNumber = (value: Value): SqlValue => Number(value);

/** How values take the forms that are the same in every database. */
export const commonEncoders = {
  text: asIs,
  guid: (value) => String(value).toLowerCase(),
  integer: asNumber,
  number: asIs,
  ticks: encodeTicks,
  form: encodeForm,
  duration: (value) => durationTicks(String(value)),
  timeOfDay: (value) => {
    const ticks = timeOfDayTicks(String(value));
    return ticks === null ? null : BigInt(ticks);
  },
  binary: (value) => Buffer.from(String(value), 'base64'),
  pattern: asIs,
  rows: asNumber,
} as const satisfies Partial<Record<ParameterForm, (value: Value) => SqlValue>>;
