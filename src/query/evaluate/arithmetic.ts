import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { BinaryExpression, ExpressionType } from '../expression.ts';
import { comparable } from './compare.ts';
import { dateTicks, shiftDate, shiftDateTime } from './date.ts';
import { durationOfTicks, durationTicks, inDurationRange } from './duration.ts';

/**
 * Arithmetic (URL Conventions §5.1.1.2). Numbers are computed in double precision, so nothing overflows; dividing by zero and
 * every other result that is no number is null. `div` of two integers cuts off the fraction. Dates move by durations.
 */

const isInteger = (type: ExpressionType): boolean => type === 'Edm.Int32' || type === 'Edm.Int64';

/** Whether `div` of these operands cuts off the fraction. */
export const isIntegerDivision = (e: BinaryExpression): boolean =>
  e.operator === 'div' && isInteger(e.left.type) && isInteger(e.right.type);

/** What a temporal `add` or `sub` does; undefined when both operands are numbers. */
export type TemporalOperation = 'shiftDateTime' | 'shiftDate' | 'addDurations' | 'dateTimeDistance' | 'dateDistance';

const temporalOperations: Readonly<Record<string, TemporalOperation>> = {
  'Edm.DateTimeOffset add Edm.Duration': 'shiftDateTime',
  'Edm.DateTimeOffset sub Edm.Duration': 'shiftDateTime',
  'Edm.DateTimeOffset sub Edm.DateTimeOffset': 'dateTimeDistance',
  'Edm.Date add Edm.Duration': 'shiftDate',
  'Edm.Date sub Edm.Duration': 'shiftDate',
  'Edm.Date sub Edm.Date': 'dateDistance',
  'Edm.Duration add Edm.Duration': 'addDurations',
  'Edm.Duration sub Edm.Duration': 'addDurations',
};

/** The type of what each comes to. */
export const TEMPORAL_RESULT = {
  shiftDateTime: 'Edm.DateTimeOffset',
  shiftDate: 'Edm.Date',
  addDurations: 'Edm.Duration',
  dateTimeDistance: 'Edm.Duration',
  dateDistance: 'Edm.Duration',
} as const satisfies Record<TemporalOperation, ExpressionType>;

const isNumeric = (type: ExpressionType): boolean => isInteger(type) || type === 'Edm.Double' || type === 'Edm.Decimal' || type === 'null';

/** Which temporal operation an expression is. @throws unsupportedQueryOption for operands that do not go together */
export function temporalOperation(e: BinaryExpression): TemporalOperation | undefined {
  if (isNumeric(e.left.type) && isNumeric(e.right.type)) return undefined;
  const found = temporalOperations[`${typeName(e.left.type)} ${e.operator} ${typeName(e.right.type)}`];
  if (found !== undefined) return found;
  if (e.left.type === 'null' || e.right.type === 'null') return 'addDurations'; // an operand is null, and so is the result
  throw new AppError(
    'unsupportedQueryOption',
    `'${e.operator}' is not supported between ${typeName(e.left.type)} and ${typeName(e.right.type)}; use numbers, or a date and a duration.`,
  );
}

const typeName = (type: ExpressionType): string => (typeof type === 'string' ? type : type.name);

/** The value of `left operator right`, neither being null. */
export function arithmetic(e: BinaryExpression, left: Value, right: Value): Value {
  const operation = temporalOperation(e);
  if (operation !== undefined) return temporal(operation, [left as string, right as string], e.operator === 'sub');
  const result = numeric(e, left as number, right as number);
  return Number.isNaN(result) ? null : result;
}

function numeric(e: BinaryExpression, a: number, b: number): number {
  switch (e.operator) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'mod':
      return a % b;
    default: {
      const quotient = b === 0 ? Number.NaN : a / b;
      return isIntegerDivision(e) ? Math.trunc(quotient) : quotient;
    }
  }
}

function temporal(operation: TemporalOperation, [left, right]: readonly [string, string], subtract: boolean): string | null {
  const signed = (ticks: bigint): bigint => (subtract ? -ticks : ticks);
  const asDuration = (ticks: bigint | null): string | null => (ticks === null ? null : durationOfTicks(ticks));
  switch (operation) {
    case 'shiftDateTime':
    case 'shiftDate': {
      const duration = durationTicks(right);
      if (duration === null) return null;
      return operation === 'shiftDate' ? shiftDate(left, signed(duration)) : shiftDateTime(left, signed(duration));
    }
    case 'addDurations': {
      const [a, b] = [durationTicks(left), durationTicks(right)];
      return a === null || b === null ? null : asDuration(inDurationRange(a + signed(b)));
    }
    case 'dateTimeDistance': {
      const [a, b] = [comparable(left, 'Edm.DateTimeOffset'), comparable(right, 'Edm.DateTimeOffset')];
      return typeof a === 'bigint' && typeof b === 'bigint' ? asDuration(a - b) : null;
    }
    case 'dateDistance': {
      const [a, b] = [dateTicks(left), dateTicks(right)];
      return a === null || b === null ? null : asDuration(a - b);
    }
  }
}
