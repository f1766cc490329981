import fc from 'fast-check';
import { expect, it } from 'vitest';
import { colour, gadget, model } from '../../../test/support/sample-model.ts';
import type { Row } from '../../edm/primitive.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { evaluate } from '../../query/evaluate/evaluate.ts';
import { bindClauses } from './clauses.ts';

/** `$filter` over an enumeration with members behind `unknownFutureValue`, for clients that do and do not ask for them. */

const FUTURE = 'ultraviolet';
const MEMBERS = Object.keys(colour.members);

const rowsThat = (filter: string, futureMembers: boolean): readonly (string | null)[] => {
  const options = parseQuery(`$filter=${encodeURIComponent(filter)}`);
  const { where } = bindClauses(options, gadget, { model, aliases: options.aliases, futureMembers, bound: { nodes: 0 } });
  return [...MEMBERS, null].filter((value) => evaluate(where!, { colour: value } as Row, { now: 0 }) === true);
};

it('unknownFutureValue stands for all members behind it', () => {
  const hidden = ['unknownFutureValue', FUTURE];
  const shown = ['none', 'red', 'darkBlue', null];
  expect(rowsThat("colour eq 'unknownFutureValue'", false)).toEqual(hidden);
  expect(rowsThat("'unknownFutureValue' eq colour", false)).toEqual(hidden);
  expect(rowsThat("colour has microsoft.graph.colour'unknownFutureValue'", false)).toEqual(hidden);
  expect(rowsThat("colour ne 'unknownFutureValue'", false)).toEqual(shown);
  expect(rowsThat("colour in ('red', 'unknownFutureValue')", false)).toEqual(['red', ...hidden]);
});

it('a client that includes unknown members names each of them', () => {
  expect(rowsThat("colour eq 'unknownFutureValue'", true)).toEqual(['unknownFutureValue']);
  expect(rowsThat(`colour eq '${FUTURE}'`, true)).toEqual([FUTURE]);
  expect(rowsThat(`colour ne '${FUTURE}'`, true)).toEqual([...MEMBERS.filter((name) => name !== FUTURE), null]);
});

it('a member behind unknownFutureValue cannot be named otherwise, in no operator', () =>
  fc.assert(
    fc.property(
      fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le', 'has'),
      fc.constantFrom(`'${FUTURE}'`, `microsoft.graph.colour'${FUTURE}'`, "'4'"),
      (operator, literal) => {
        expect(() => rowsThat(`colour ${operator} ${literal}`, false)).toThrow(/is no member of colour/);
        expect(() => rowsThat(`colour in (${literal})`, false)).toThrow(/is no member of colour/);
      },
    ),
  ));
