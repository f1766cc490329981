import type { Column } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import type { managedDevice } from '../../model/managed-device.ts';
import { numberIn } from '../named-columns.ts';
import { ANDROID_MANAGEMENT, FILTER_PLATFORMS, type FilterProperty, OPERATING_SYSTEM_SKUS } from './filter-properties.ts';
import { type FilterComparison, type FilterOperator, type FilterRule, filterRuleError, parseFilterRule } from './filter-rule.ts';

/** Decides whether a device fits a rule. */
type DeviceTest = (facts: DeviceFacts) => boolean;

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

/** What filters know of a managed device: its row in the words of the rule language. Null is a property without a value. */
type DeviceFacts = Readonly<Record<string, string | null>>;

const textOf = (value: Row[string] | undefined): string | null => {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? null : text;
};

const systemOf = (device: Row): string => (textOf(device.operatingSystem) ?? '').toLowerCase();

const isAosp = (device: Row): boolean => systemOf(device).includes('aosp') || String(device.deviceEnrollmentType).startsWith('androidAOSP');

/** Whether an Android device is one of Android Enterprise, not of the older device administrator. */
const isEnterprise = (device: Row): boolean =>
  ['androidForWork', 'androidEnterprise'].includes(String(device.deviceType)) ||
  String(device.deviceEnrollmentType).startsWith('androidEnterprise') ||
  /enterprise|work/.test(systemOf(device));

const isAndroid = (device: Row): boolean => systemOf(device).startsWith('android');

const isEnterpriseAndroid = (device: Row): boolean => isAndroid(device) && !isAosp(device) && isEnterprise(device);

const PLATFORM_TESTS: Readonly<Record<string, (device: Row) => boolean>> = {
  android: (device) => isAndroid(device) && !isAosp(device) && !isEnterprise(device),
  androidForWork: isEnterpriseAndroid,
  androidWorkProfile: isEnterpriseAndroid,
  androidAOSP: (device) => isAndroid(device) && isAosp(device),
  iOS: (device) => /^(ios|ipados)/.test(systemOf(device)),
  macOS: (device) => /^mac/.test(systemOf(device)),
  windows10AndLater: (device) => /^windows(?! phone)/.test(systemOf(device)),
  windows81AndLater: (device) => /^windows(?! phone)/.test(systemOf(device)),
  windowsPhone81: (device) => systemOf(device).startsWith('windows phone'),
  unknown: () => true,
};

/** Whether a filter of a platform is about this device at all. Those of managed apps are about none. */
export const isOnPlatform = (device: Row, platform: string): boolean => PLATFORM_TESTS[platform]?.(device) ?? false;

const OWNERSHIP: Readonly<Record<string, string>> = { company: 'Corporate', personal: 'Personal' };

const TRUST: Readonly<Record<string, string>> = {
  azureADJoined: 'Azure AD joined',
  azureADRegistered: 'Azure AD registered',
  hybridAzureADJoined: 'Hybrid Azure AD joined',
};

/** Windows calls it amd64, macOS x64. */
const architectureOf = (device: Row): string => {
  const isMac = PLATFORM_TESTS.macOS!(device);
  return { x86: 'x86', x64: isMac ? 'x64' : 'amd64', arM64: 'arm64' }[String(device.processorArchitecture)] ?? 'unknown';
};

const ROOTED: Readonly<Record<string, string>> = { true: 'True', false: 'False' };

/** What each property of the rule language is on a managed device. */
const FACTS: Readonly<Record<string, (device: Row) => string | null>> = {
  deviceCategory: (device) => textOf(device.deviceCategoryDisplayName),
  cpuArchitecture: architectureOf,
  deviceName: (device) => textOf(device.deviceName),
  enrollmentProfileName: (device) => textOf(device.enrollmentProfileName),
  isRooted: (device) => ROOTED[String(device.jailBroken).toLowerCase()] ?? 'Unknown',
  deviceTrustType: (device) => TRUST[String(device.joinType)] ?? 'Unknown',
  manufacturer: (device) => textOf(device.manufacturer),
  model: (device) => textOf(device.model),
  operatingSystemSKU: (device) => OPERATING_SYSTEM_SKUS.get(numberIn(device, 'skuNumber')) ?? textOf(device.skuFamily),
  osVersion: (device) => textOf(device.osVersion),
  operatingSystemVersion: (device) => textOf(device.osVersion),
  deviceOwnership: (device) => OWNERSHIP[String(device.managedDeviceOwnerType)] ?? OWNERSHIP[String(device.ownerType)] ?? 'Unknown',
  deviceManagementType: (device) => ANDROID_MANAGEMENT[String(device.deviceEnrollmentType)] ?? null,
};

/** All that is known of a device. */
export const deviceFacts = (device: Row): DeviceFacts =>
  Object.fromEntries(Object.entries(FACTS).map(([name, read]) => [name, read(device)]));

/** The columns of a managed device that facts and platforms are made from. */
export const FACT_COLUMNS = [
  'deviceName',
  'operatingSystem',
  'osVersion',
  'deviceType',
  'deviceEnrollmentType',
  'deviceCategoryDisplayName',
  'processorArchitecture',
  'enrollmentProfileName',
  'jailBroken',
  'joinType',
  'manufacturer',
  'model',
  'skuNumber',
  'skuFamily',
  'managedDeviceOwnerType',
  'ownerType',
] as const satisfies readonly Column<typeof managedDevice>[];
