import { AppError } from '../../lib/app-error.ts';
import { temporalOperation } from '../../query/evaluate/arithmetic.ts';
import { computedForm, MAX_DATE_TIME, MIN_DATE_TIME } from '../../query/evaluate/date.ts';
import { compilePattern } from '../../query/evaluate/text.ts';
import type { CallExpression, Expression, FunctionName } from '../../query/expression.ts';
import { pathForm } from './compile-path.ts';
import { type Fragment, NOW_SOURCE, raw, sql } from './fragment.ts';
import { encodeForm, encodeTicks } from './parameter-form.ts';
import type { Scope } from './scope.ts';

/** Calls of canonical functions. Parts of a DateTimeOffset come from its ticks moved by the offset that its form keeps. */

/** Compiles an operand; handed in, as expressions and calls contain each other. */
type Compile = (e: Expression, scope: Scope) => Fragment;

/** Compiles a call. @throws invalidQueryOption for a malformed regular expression */
export function compileCall(call: CallExpression, scope: Scope, value: Compile): Fragment {
  const [first, second] = call.arguments;
  switch (call.function) {
    case 'now':
      return scope.dialect.parameter(NOW_SOURCE, 'ticks');
    case 'mindatetime':
      return raw(`(0 + ${encodeTicks(MIN_DATE_TIME)})`); // a bare number in ORDER BY would name a result column
    case 'maxdatetime':
      return raw(`(0 + ${encodeTicks(MAX_DATE_TIME)})`);
    case 'matchespattern':
      return matches(first!, second!, { scope, value });
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
    case 'minute':
    case 'second':
    case 'fractionalseconds':
    case 'totaloffsetminutes':
    case 'date':
    case 'time':
      return datePart(call.function, first!, { scope, value });
  }
  return scope.dialect.call(
    call.function,
    call.arguments.map((argument) => value(argument, scope)),
  );
}

/** A regular expression that is a constant is checked, and bound in the database's own syntax. */
function matches(text: Expression, pattern: Expression, { scope, value }: { scope: Scope; value: Compile }): Fragment {
  const isConstant = pattern.kind === 'literal' && typeof pattern.value === 'string';
  if (isConstant && compilePattern(pattern.value as string) === null) {
    throw new AppError(
      'invalidQueryOption',
      'The pattern of matchesPattern is no regular expression that can be matched here (look-around and back references cannot).',
    );
  }
  if (!isConstant && pattern.type !== 'null' && scope.dialect.constantPatterns) {
    throw new AppError('unsupportedQueryOption', 'The pattern of matchesPattern must be a constant with this database.');
  }
  const compiled = isConstant ? scope.dialect.parameter(scope.sources.get(pattern) ?? 0, 'pattern') : value(pattern, scope);
  return scope.dialect.call('matchespattern', [value(text, scope), compiled]);
}

/** Where each part stands in the text of an Edm.Date. */
const DATE_TEXT: Partial<Record<FunctionName, string>> = { year: '1, 4', month: '6, 2', day: '9, 2' };

function datePart(name: FunctionName, argument: Expression, { scope, value }: { scope: Scope; value: Compile }): Fragment {
  if (argument.type === 'null') return raw('NULL');
  const own = value(argument, scope);
  if (argument.type === 'Edm.Date') return sql`CAST(substr(${own}, ${DATE_TEXT[name] ?? '1, 10'}) AS INTEGER)`;
  const isTime = argument.type === 'Edm.TimeOfDay';
  if (name === 'fractionalseconds') return scope.dialect.arithmetic('divby', [sql`${own} % 10000000`, raw('10000000')], false);
  const offset = () => {
    const form = dateForm(argument, scope);
    return sql`(CASE WHEN ${form} < 8 THEN 0 ELSE (${form} >> 3) - 841 END)`;
  };
  if (name === 'totaloffsetminutes') return sql`(${offset()} + ${own} * 0)`; // null when the date is
  const seconds = isTime ? sql`(${own} / 10000000)` : sql`(${own} / 10000000 + ${offset()} * 60)`;
  switch (name) {
    case 'hour':
      return sql`(${seconds} % 86400 / 3600)`;
    case 'minute':
      return sql`(${seconds} % 3600 / 60)`;
    case 'second':
      return sql`(${seconds} % 60)`;
    case 'time':
      return sql`(${seconds} % 86400 * 10000000 + ${own} % 10000000)`;
    default:
      return scope.dialect.calendar(name as 'year' | 'month' | 'day' | 'date', seconds);
  }
}

/** The form (offset and digits) of an expression of type DateTimeOffset. */
export function dateForm(e: Expression, scope: Scope): Fragment {
  if (e.kind === 'path') return pathForm(e, scope);
  if (e.kind === 'literal') return e.value === null ? raw('NULL') : scope.dialect.parameter(scope.sources.get(e) ?? 0, 'form');
  if (e.kind === 'binary' && temporalOperation(e) === 'shiftDateTime')
    return sql`(${dateForm(e.left, scope)} | ${String(computedForm(0))})`;
  if (e.kind === 'call' && e.function === 'now') return scope.dialect.parameter(NOW_SOURCE, 'form');
  const fixed = encodeForm(e.kind === 'call' && e.function === 'maxdatetime' ? MAX_DATE_TIME : MIN_DATE_TIME);
  return raw(String(fixed));
}
