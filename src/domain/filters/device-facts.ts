import type { Column } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import type { managedDevice } from '../../model/managed-device.ts';
import { numberIn } from '../named-columns.ts';
import { ANDROID_MANAGEMENT, OPERATING_SYSTEM_SKUS } from './filter-properties.ts';

/** What filters know of a managed device: its row in the words of the rule language. Null is a property without a value. */
export type DeviceFacts = Readonly<Record<string, string | null>>;

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
