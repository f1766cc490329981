import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { bindFilterRule, deviceFacts, deviceTestOf, FACT_COLUMNS } from './bind-filter-rule.ts';
import { FILTER_PLATFORMS, type FilterProperty } from './filter-properties.ts';
import { type FilterOperator, type FilterRule, type FilterValue, filterRuleText, parseFilterRule } from './filter-rule.ts';

const PLATFORM = 'windows10AndLater';
const { properties } = FILTER_PLATFORMS[PLATFORM]!;

/** Few words, so that rules match now and then, some inside of others; spaces and case must not matter. */
const WORDS = [
  'Dell Inc.',
  'dell',
  'inc',
  '5420',
  'Latitude 5420',
  'LAT',
  ' lat ',
  'Enterprise',
  'amd64',
  'Azure AD joined',
  "It's",
  'a\\b (1)',
];
const VERSIONS = ['10.0', '10.0.22631', '10.0.22631.0', '10.0.22631.3235', '9.9.99999.9'];

const cased = fc.constantFrom(...WORDS).chain((word) => fc.constantFrom(word, word.toUpperCase(), word.toLowerCase()));

function valueFor({ kind }: FilterProperty, operator: FilterOperator): fc.Arbitrary<FilterValue> {
  if (kind === 'version') return fc.record({ kind: fc.constantFrom('version', 'text'), text: fc.constantFrom(...VERSIONS) });
  const text: fc.Arbitrary<FilterValue> = cased.map((word) => ({ kind: 'text', text: word }));
  if (operator === 'in' || operator === 'notIn')
    return fc.oneof(
      text,
      fc.array(cased, { minLength: 1, maxLength: 3 }).map((items) => ({ kind: 'list' as const, items })),
    );
  return operator === 'eq' || operator === 'ne' ? fc.oneof(text, fc.constant({ kind: 'null' as const })) : text;
}

const comparison: fc.Arbitrary<FilterRule> = fc
  .constantFrom(...properties)
  .chain((property) => fc.constantFrom(...property.operators).map((operator) => ({ property, operator })))
  .chain(({ property, operator }) =>
    valueFor(property, operator).map((value) => ({
      kind: 'comparison' as const,
      entity: 'device',
      property: property.name,
      operator,
      value,
      at: { property: 0, operator: 0, value: 0 },
    })),
  );

const rule: fc.Arbitrary<FilterRule> = fc.letrec<{ rule: FilterRule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    comparison,
    fc.record({ kind: fc.constantFrom('and', 'or'), left: tie('rule'), right: tie('rule') }),
    fc.record({ kind: fc.constant('not'), operand: tie('rule') }),
  ),
})).rule;

const device: fc.Arbitrary<Row> = fc.record({
  operatingSystem: fc.constant('Windows'),
  deviceName: fc.oneof(cased, fc.constant(null)),
  manufacturer: fc.oneof(cased, fc.constant(null), fc.constant('')),
  model: fc.oneof(cased, fc.constant(null)),
  osVersion: fc.oneof(fc.constantFrom(...VERSIONS, '10.0.22631.3235 (beta)', 'none', '10'), fc.constant(null)),
  skuNumber: fc.constantFrom(0, 4, 129),
  skuFamily: fc.constantFrom(null, 'Enterprise'),
  joinType: fc.constantFrom('unknown', 'azureADJoined', 'hybridAzureADJoined'),
  processorArchitecture: fc.constantFrom('unknown', 'x64', 'arm'),
  managedDeviceOwnerType: fc.constantFrom('unknown', 'company', 'personal'),
  ownerType: fc.constantFrom('unknown', 'company'),
});

/** Positions differ with the spelling: trees are compared without them. */
const withoutPositions = (tree: FilterRule): unknown =>
  JSON.parse(JSON.stringify(tree, (key, value) => (key === 'at' ? undefined : value)));

/** A second opinion: patterns in place of text functions, sums in place of comparisons part by part. */
function decide(tree: FilterRule, facts: Readonly<Record<string, string | null>>): boolean {
  if (tree.kind === 'not') return !decide(tree.operand, facts);
  if (tree.kind !== 'comparison') {
    const sides = [decide(tree.left, facts), decide(tree.right, facts)];
    return tree.kind === 'and' ? !sides.includes(false) : sides.includes(true);
  }
  const { operator, value } = tree;
  const actual = facts[tree.property] ?? null;
  const negative = operator === 'ne' || operator.startsWith('not');
  if (value.kind === 'null') return (actual === null) !== negative;
  if (properties.find(({ name }) => name === tree.property)!.kind === 'version') {
    const number = (text: string) => text.split('.').reduce((sum, part, i) => sum + Number(part) * 1e6 ** (3 - i), 0);
    const found = /^\d+(\.\d+)*/.exec(actual ?? '')?.[0];
    if (found === undefined) return negative;
    const [a, b] = [number(found), number((value as { text: string }).text)];
    return { eq: a === b, ne: a !== b, gt: a > b, ge: a >= b, lt: a < b, le: a <= b }[operator as 'eq']!;
  }
  if (actual === null) return negative;
  const items = value.kind === 'list' ? value.items : [(value as { text: string }).text];
  const escaped = items.map((item) => item.trim().replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
  const anchored = { startsWith: `^(${escaped})`, contains: `(${escaped})` }[
    operator.replace(/^notStarts/, 'starts').replace(/^notC/, 'c')
  ];
  return new RegExp(anchored ?? `^(${escaped})$`, 'i').test(actual.trim()) !== negative;
}

describe('rules', () => {
  it('are the same after they were written and read', () => {
    fc.assert(
      fc.property(rule, (tree) => {
        expect(withoutPositions(parseFilterRule(filterRuleText(tree)))).toEqual(withoutPositions(tree));
      }),
    );
  });

  it('decide about devices as a second evaluator does', () => {
    fc.assert(
      fc.property(rule, device, (tree, row) => {
        const facts = deviceFacts(row);
        expect(bindFilterRule(tree, PLATFORM)(facts)).toBe(decide(tree, facts));
      }),
      { numRuns: 1000 },
    );
  });

  it('decide by each operator, either way, also where a text stands inside of another', () => {
    const decided = new Set<string>();
    fc.assert(
      fc.property(comparison, device, (tree, row) => {
        const facts = deviceFacts(row);
        const expected = decide(tree, facts);
        expect(bindFilterRule(tree, PLATFORM)(facts)).toBe(expected);
        if (tree.kind !== 'comparison' || tree.value.kind !== 'text') return;
        const at = (facts[tree.property] ?? '').trim().toLowerCase().indexOf(tree.value.text.trim().toLowerCase());
        decided.add(`${tree.operator} ${expected}${at > 0 ? ' inside' : ''}`);
      }),
      { numRuns: 20_000 },
    );
    const operators = [...new Set(properties.flatMap((property) => property.operators))];
    const inside = ['startsWith false', 'notStartsWith true', 'contains true', 'notContains false'].map((one) => `${one} inside`);
    const wanted = [...operators.flatMap((operator) => [`${operator} true`, `${operator} false`]), ...inside];
    expect(wanted.filter((one) => !decided.has(one))).toEqual([]);
  });

  it('mean the same in any case, with or without dashes, with any spaces', () => {
    fc.assert(
      fc.property(rule, device, fc.constantFrom(' ', '\n', '\t '), (tree, row, space) => {
        const text = filterRuleText(tree);
        // Only what is outside of quotes may change.
        const outside = (change: (part: string) => string) =>
          text.replaceAll(/"[^"]*"|[^"]+/g, (part) => (part[0] === '"' ? part : change(part)));
        const facts = deviceFacts(row);
        const expected = bindFilterRule(tree, PLATFORM)(facts);
        for (const other of [
          outside((part) => part.toUpperCase()),
          outside((part) => part.replaceAll(/ -(?=[a-z])/gi, ' ')),
          outside((part) => part.replaceAll(/\b(and|or|not)\b/g, '-$1')),
          outside((part) => part.replaceAll(' ', space)),
        ])
          expect(deviceTestOf(other, PLATFORM)(facts), other).toBe(expected);
      }),
    );
  });

  it('are read or refused with a position inside of them', () => {
    const piece = fc.constantFrom(
      'device.model',
      '-eq',
      '"x"',
      '(',
      ')',
      '[',
      ']',
      ',',
      'and',
      'not',
      ' ',
      '"',
      '10.0',
      '$null',
      '§',
      'app.x',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((parts) => parts.join(' ')),
          fc.array(piece).map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          try {
            parseFilterRule(text);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            const position = Number(/at position (\d+)/.exec((error as AppError).message)?.[1]);
            expect(position).toBeLessThanOrEqual(text.length);
          }
        },
      ),
    );
  });
});

describe('what rules may say', () => {
  it.each([
    'device.deviceName -eq "X"',
    '((device.deviceName -eq "A" and device.model -eq "B"))',
    '(device.deviceName -in "X")',
    '(device.deviceName -in ["A", "B",])',
    '(device.deviceName -in [""])',
    '(device.enrollmentProfileName -ne $null)',
    '(device.enrollmentProfileName eq NULL)',
    '(device.operatingSystemVersion -gt 10.0.22000.1000 )',
    '(device.operatingSystemVersion -ge "10.0")',
    '(device.deviceTrustType -eq "Microsoft Entra joined")',
    '(device.deviceName -contains " ")',
    'not (device.deviceName -notStartsWith "X")',
  ])('%s', (text) => {
    expect(() => deviceTestOf(text, PLATFORM)).not.toThrow();
  });

  it.each([
    ['', 0, 'a property'],
    ['()', 1, 'a property'],
    ['(device.model -eq "X"', 21, "')'"],
    ['(device.model -eq "X"))', 22, 'the end'],
    ['(device.model -eq "X") (device.model -eq "Y")', 23, "'and', 'or'"],
    ['(device.model -eq "X") or', 25, 'the end'],
    ['(device.model -eq "X") xor (device.model -eq "Y")', 23, "'xor"],
    ['(device.model -equals "X")', 14, 'an operator'],
    ['(device.model -endsWith "X")', 14, 'an operator'],
    ["(device.model -eq 'X')", 18, 'no word'],
    ['(device.model -eq X)', 18, 'double quotes'],
    ['(device.model -eq 42)', 18, 'double quotes'],
    ['(device.model -eq "say \\"hi\\"")', 18, 'no word'],
    ['(device.model-eq"X")', 1, 'no word'],
    ['(device.model -eq "X") // comment', 23, 'no word'],
    ['(device.model -eq "")', 18, 'not empty'],
    ['(device.model -eq ["A","B"])', 18, 'double quotes'],
    ['(device.model -in [])', 19, 'double quotes'],
    ['(device.model -in [$null])', 19, 'double quotes'],
    ['(device.model -startsWith $null)', 26, 'a text'],
    ['(device.model -gt "X")', 14, '-eq, -ne'],
    ['(device.osVersion -gt "10.0")', 18, '-eq, -ne'],
    ['(device.cpuArchitecture -contains "arm")', 24, '-notIn'],
    ['(device.deviceOwnership -in ["Personal"])', 24, '-ne'],
    ['(device.operatingSystemVersion -startsWith "10.0")', 31, '-gt'],
    ['(device.operatingSystemVersion -eq $null)', 35, 'two to four numbers'],
    ['(device.operatingSystemVersion -eq 10)', 35, 'two to four numbers'],
    ['(device.operatingSystemVersion -gt 10.0.22000.1000.5)', 35, 'two to four numbers'],
    ['(device.isRooted -eq "True")', 1, 'no property of windows10AndLater'],
    ['(device.noSuchProperty -eq "X")', 1, 'device.manufacturer'],
    ['(app.deviceModel -eq "X")', 1, 'no property'],
  ])('%s is refused at %i', (text, position, says) => {
    expect(() => deviceTestOf(text, PLATFORM)).toThrow(
      expect.objectContaining({ code: 'invalidValue', target: 'rule', message: expect.stringContaining(`at position ${position}.`) }),
    );
    expect(() => deviceTestOf(text, PLATFORM)).toThrow(says);
  });

  it('is nested only so deep', () => {
    expect(() => parseFilterRule(`${'('.repeat(200)}device.model -eq "x"${')'.repeat(200)}`)).toThrow(
      expect.objectContaining({ code: 'tooDeep' }),
    );
  });

  it('and binds closer than or, and parentheses closer still', () => {
    const facts = deviceFacts({ model: 'a' });
    const [yes, no] = ['(device.model -eq "a")', '(device.model -eq "b")'];
    expect(deviceTestOf(`${yes} or ${no} and ${no}`, PLATFORM)(facts)).toBe(true);
    expect(deviceTestOf(`(${yes} or ${no}) and ${no}`, PLATFORM)(facts)).toBe(false);
  });
});

it('facts are made from the columns that are read for them', () => {
  const asked = new Set<string>();
  deviceFacts(new Proxy({}, { get: (_, name) => void asked.add(String(name)) }));
  expect([...asked].filter((name) => !FACT_COLUMNS.some((column) => column === name))).toEqual([]);
});
