import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { string } from '../../edm/declare.ts';
import type { Value } from '../../edm/primitive.ts';
import type { BinaryOperator, Expression, ExpressionType, FunctionName } from '../expression.ts';
import { durationOfTicks, durationTicks, timeOfDayText, timeOfDayTicks } from './duration.ts';
import { evaluate } from './evaluate.ts';
import { compareText, textIndexOf, textLength, textSlice } from './text.ts';

const literal = (type: ExpressionType, value: Value): Expression => ({ kind: 'literal', type, value });
const call = (name: FunctionName, ...args: Expression[]): Value =>
  evaluate({ kind: 'call', type: 'Edm.Int32', function: name, arguments: args }, {}, { now: 0 });
const binary = (operator: BinaryOperator, left: Expression, right: Expression): Value =>
  evaluate({ kind: 'binary', type: 'Edm.Boolean', operator, left, right }, {}, { now: 0 });
const [yes, no, unknown] = [literal('Edm.Boolean', true), literal('Edm.Boolean', false), literal('Edm.Boolean', null)];
const date = (text: string) => literal('Edm.DateTimeOffset', text);
const text = fc.string({ unit: 'binary', maxLength: 8 });

describe('evaluate', () => {
  it('has three-valued logic (URL Conventions §5.1.1.1.7, §5.1.1.1.8)', () => {
    expect([binary('and', yes, unknown), binary('and', no, unknown), binary('and', unknown, no)]).toEqual([null, false, false]);
    expect([binary('or', yes, unknown), binary('or', unknown, yes), binary('or', unknown, no)]).toEqual([true, true, null]);
    expect(evaluate({ kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: unknown }, {}, { now: 0 })).toBe(null);
  });

  it('compares with null (§5.1.1.1.1–§5.1.1.1.6)', () => {
    expect([binary('eq', unknown, unknown), binary('ne', yes, unknown), binary('eq', unknown, no)]).toEqual([true, true, false]);
    for (const operator of ['gt', 'ge', 'lt', 'le'] as const) expect(binary(operator, unknown, yes)).toBe(false);
  });

  it('takes the parts of a date from its own offset', () => {
    const at = date('2017-01-01T00:02:58.4418045-08:00');
    const names: FunctionName[] = [
      'year',
      'month',
      'day',
      'hour',
      'minute',
      'second',
      'fractionalseconds',
      'totaloffsetminutes',
      'date',
      'time',
    ];
    expect(names.map((name) => call(name, at))).toEqual([2017, 1, 1, 0, 2, 58, 0.4418045, -480, '2017-01-01', '00:02:58.4418045']);
    expect(binary('eq', at, date('2017-01-01T08:02:58.4418045Z'))).toBe(true);
  });

  it('divides', () => {
    const int = (value: number) => literal('Edm.Int32', value);
    expect([binary('div', int(-7), int(2)), binary('divby', int(-7), int(2)), binary('mod', int(-7), int(2))]).toEqual([-3, -3.5, -1]);
    expect([binary('div', int(1), int(0)), binary('mod', int(1), int(0))]).toEqual([null, null]);
  });

  it('finds a UUID in either case in a column of UUIDs, and nowhere else', () => {
    const id = 'abcdef00-0000-4000-8000-000000000000';
    const path = (format: object): Expression => ({
      kind: 'path',
      type: 'Edm.String',
      navigation: [],
      nested: [],
      property: { kind: 'property', name: 'id', nullable: false, collection: false, type: string().type, ...format },
    });
    const found = (format: object) =>
      evaluate(
        { kind: 'binary', type: 'Edm.Boolean', operator: 'eq', left: path(format), right: literal('Edm.String', id.toUpperCase()) },
        { id },
        { now: 0 },
      );
    expect([found({ format: 'uuid' }), found({})]).toEqual([true, false]);
  });
});

describe('text', () => {
  it('is ordered as its UTF-8 bytes are', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('is counted in code points', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const whole = a + b + c;
        expect(textLength(whole)).toBe([...whole].length);
        expect(textSlice(whole, textLength(a), textLength(b))).toBe(b);
        const at = textIndexOf(whole, b);
        expect(textSlice(whole, at, textLength(b))).toBe(b);
        expect(at).toBeLessThanOrEqual(textLength(a));
      }),
    );
  });
});

describe('durations and times', () => {
  it('come back from their ticks', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (ticks) => {
        expect(durationTicks(durationOfTicks(ticks))).toBe(ticks);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 863_999_999_999 }), (ticks) => {
        expect(timeOfDayTicks(timeOfDayText(ticks))).toBe(ticks);
      }),
    );
  });

  it('are refused when malformed', () => {
    expect(['P', 'PT', '1D', 'P1DT', 'P1Y', 'PT1'].map(durationTicks)).toEqual([null, null, null, null, null, null]);
    expect(['24:00', '1:00', '00:60', '00:00:61'].map(timeOfDayTicks)).toEqual([null, null, null, null]);
  });
});
