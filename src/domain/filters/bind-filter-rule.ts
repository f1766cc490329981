import type { DeviceFacts } from './device-facts.ts';
import { FILTER_PLATFORMS, type FilterProperty } from './filter-properties.ts';
import type { FilterComparison, FilterOperator, FilterRule } from './filter-rule.ts';
import { filterRuleError, parseFilterRule } from './parse-filter-rule.ts';

/** Decides whether a device fits a rule. */
export type DeviceTest = (facts: DeviceFacts) => boolean;

/** Values are compared without regard to case and to spaces around them. */
const folded = (value: string): string => value.trim().toLowerCase();

const VERSION_TEXT = /^\d+(?:\.\d+){1,3}$/;
const PARTS = 4;

/** The numbers that a version starts with, missing ones as 0; undefined for what starts with none. */
function versionParts(text: string): readonly bigint[] | undefined {
  const numbers = /^\s*\d+(?:\.\d+)*/.exec(text)?.[0].split('.').slice(0, PARTS);
  return numbers && Array.from({ length: PARTS }, (_, i) => BigInt(numbers[i] ?? 0));
}

function compareVersions(left: readonly bigint[], right: readonly bigint[]): number {
  const index = left.findIndex((part, i) => part !== right[i]);
  return index < 0 ? 0 : left[index]! < right[index]! ? -1 : 1;
}

/** The operators that are another one's opposite: a property without a value fits them. */
const OPPOSITES: Partial<Record<FilterOperator, FilterOperator>> = {
  ne: 'eq',
  notIn: 'in',
  notStartsWith: 'startsWith',
  notContains: 'contains',
};

const TEXT_TESTS: Partial<Record<FilterOperator, (actual: string, wanted: string) => boolean>> = {
  eq: (actual, wanted) => actual === wanted,
  in: (actual, wanted) => actual === wanted,
  startsWith: (actual, wanted) => actual.startsWith(wanted),
  contains: (actual, wanted) => actual.includes(wanted),
};

const VERSION_TESTS: Partial<Record<FilterOperator, (order: number) => boolean>> = {
  eq: (order) => order === 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

/** What a platform calls a property, whatever case the rule has it in. @throws invalidValue */
function propertyOf({ entity, property, at }: FilterComparison, platform: string): FilterProperty {
  const known = FILTER_PLATFORMS[platform]!;
  const found = known.properties.find(({ name }) => name.toLowerCase() === property.toLowerCase());
  if (entity === known.entity && found !== undefined) return found;
  const names = known.properties.map(({ name }) => `${known.entity}.${name}`).join(', ');
  throw filterRuleError(`names '${entity}.${property}', which is no property of ${platform} (those are ${names}),`, at.property);
}

/** Checks one comparison against its property. @throws invalidValue */
function bindComparison(comparison: FilterComparison, platform: string): DeviceTest {
  const { operator, value, at } = comparison;
  const property = propertyOf(comparison, platform);
  const { name, kind, operators } = property;
  if (!operators.includes(operator)) {
    throw filterRuleError(`uses -${operator} on '${name}', which takes ${operators.map((one) => `-${one}`).join(', ')},`, at.operator);
  }
  const opposite = OPPOSITES[operator];
  const plain = opposite ?? operator;
  const isList = plain === 'in';
  const expects = (what: string) => filterRuleError(`compares '${name}' by -${operator} with something else than ${what}`, at.value);
  if (kind === 'version') {
    if ((value.kind !== 'version' && value.kind !== 'text') || !VERSION_TEXT.test(value.text.trim()))
      throw expects('a version of two to four numbers, such as 10.0.22631,');
    const wanted = versionParts(value.text)!;
    const test = VERSION_TESTS[plain]!;
    return (facts) => {
      const actual = versionParts(facts[name] ?? '');
      return (actual !== undefined && test(compareVersions(actual, wanted))) !== (opposite !== undefined);
    };
  }
  if (value.kind === 'null') {
    if (plain !== 'eq') throw expects(isList ? 'a list of texts' : 'a text');
    return (facts) => (facts[name] === null) !== (opposite !== undefined);
  }
  if (value.kind === 'version' || (value.kind === 'list' && !isList)) throw expects('a text in double quotes');
  if (value.kind === 'text' && value.text === '') throw expects('a text that is not empty ($null stands for no value)');
  const wanted = (value.kind === 'list' ? value.items : [value.text]).map(folded);
  const test = TEXT_TESTS[plain]!;
  return (facts) => {
    const actual = facts[name] ?? null;
    return (actual !== null && wanted.some((one) => test(folded(actual), one))) !== (opposite !== undefined);
  };
}

/**
 * Checks a rule against what the devices of a platform have.
 * @param platform a `devicePlatformType`
 * @returns the decision about a device of that platform, from its facts
 * @throws invalidValue naming what is wrong and where
 */
export function bindFilterRule(rule: FilterRule, platform: string): DeviceTest {
  if (rule.kind === 'comparison') return bindComparison(rule, platform);
  if (rule.kind === 'not') {
    const operand = bindFilterRule(rule.operand, platform);
    return (facts) => !operand(facts);
  }
  const left = bindFilterRule(rule.left, platform);
  const right = bindFilterRule(rule.right, platform);
  return rule.kind === 'and' ? (facts) => left(facts) && right(facts) : (facts) => left(facts) || right(facts);
}

/** The decision that a rule's text stands for. @throws invalidValue, tooDeep */
export const deviceTestOf = (rule: string, platform: string): DeviceTest => bindFilterRule(parseFilterRule(rule), platform);
