import type { FilterOperator } from './filter-rule.ts';

/** What a rule can ask of a device or an app, by platform: data from the product's reference of filter properties. */

/** How a property's value is compared. */
export type FilterPropertyKind = 'text' | 'version' | 'choice';

export interface FilterProperty {
  readonly name: string;
  readonly kind: FilterPropertyKind;
  readonly operators: readonly FilterOperator[];
  /** Values that devices have; a rule may name others, which match nothing. Empty means any. */
  readonly values: readonly string[];
}

/** `device` for the platforms of enrolled devices, `app` for those of managed apps. */
export interface FilterPlatform {
  readonly entity: 'device' | 'app';
  readonly properties: readonly FilterProperty[];
}

const TEXT: readonly FilterOperator[] = ['eq', 'ne', 'in', 'notIn', 'startsWith', 'notStartsWith', 'contains', 'notContains'];
const VERSION: readonly FilterOperator[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const CHOICE: readonly FilterOperator[] = ['eq', 'ne', 'in', 'notIn'];
const EQUALITY: readonly FilterOperator[] = ['eq', 'ne'];

const text = (name: string): FilterProperty => ({ name, kind: 'text', operators: TEXT, values: [] });
const version = (name: string): FilterProperty => ({ name, kind: 'version', operators: VERSION, values: [] });
const choice = (name: string, operators: readonly FilterOperator[], values: readonly string[]): FilterProperty => ({
  name,
  kind: 'choice',
  operators,
  values,
});

/** Windows editions by the number that a device reports (`skuNumber`). */
export const OPERATING_SYSTEM_SKUS: ReadonlyMap<number, string> = new Map([
  [4, 'Enterprise'],
  [27, 'EnterpriseN'],
  [48, 'Professional'],
  [49, 'BusinessN'],
  [72, 'EnterpriseEval'],
  [84, 'EnterpriseNEval'],
  [98, 'CoreN'],
  [99, 'CoreCountrySpecific'],
  [100, 'CoreSingleLanguage'],
  [101, 'Core'],
  [119, 'PPIPro'],
  [121, 'Education'],
  [122, 'EducationN'],
  [123, 'IoTUAP'],
  [125, 'EnterpriseS'],
  [126, 'EnterpriseSN'],
  [129, 'EnterpriseSEval'],
  [131, 'IoTUAPCommercial'],
  [136, 'Holographic'],
  [138, 'ProfessionalSingleLanguage'],
  [161, 'ProfessionalWorkstation'],
  [162, 'ProfessionalN'],
  [164, 'ProfessionalEducation'],
  [165, 'ProfessionalEducationN'],
  [171, 'EnterpriseG'],
  [172, 'EnterpriseGN'],
  [175, 'ServerRdsh'],
  [188, 'IoTEnterprise'],
  [202, 'CloudEditionN'],
  [203, 'CloudEdition'],
]);

/** How Android devices are managed, by `deviceEnrollmentType`; other ways are personal work profiles. */
export const ANDROID_MANAGEMENT: Readonly<Record<string, string>> = {
  androidEnterpriseDedicatedDevice: 'Corporate-owned dedicated devices without Entra ID Shared mode',
  androidEnterpriseFullyManaged: 'Corporate-owned fully managed',
  androidEnterpriseCorporateWorkProfile: 'Corporate-owned with work profile',
  androidAOSPUserOwnedDeviceEnrollment: 'AOSP user-associated devices',
  androidAOSPUserlessDeviceEnrollment: 'AOSP userless devices',
  userEnrollment: 'Personally-owned work profile',
};

const DEDICATED_SHARED = 'Corporate-owned dedicated devices with Entra ID Shared mode';

/** What every enrolled device has. */
const common: readonly FilterProperty[] = [
  text('deviceName'),
  text('manufacturer'),
  text('model'),
  text('deviceCategory'),
  text('osVersion'),
  version('operatingSystemVersion'),
  choice('deviceOwnership', EQUALITY, ['Personal', 'Corporate', 'Unknown']),
];

const profile = text('enrollmentProfileName');
const rooted = choice('isRooted', EQUALITY, ['True', 'False', 'Unknown']);
const management = choice('deviceManagementType', EQUALITY, [DEDICATED_SHARED, ...Object.values(ANDROID_MANAGEMENT)]);
const architecture = (...values: string[]): FilterProperty => choice('cpuArchitecture', CHOICE, [...values, 'arm64', 'unknown']);

const devices = (...more: readonly FilterProperty[]): FilterPlatform => ({ entity: 'device', properties: [...common, ...more] });

const apps = (...managementTypes: readonly string[]): FilterPlatform => ({
  entity: 'app',
  properties: [
    text('appVersion'),
    text('deviceManufacturer'),
    text('deviceModel'),
    text('osVersion'),
    version('operatingSystemVersion'),
    ...(managementTypes.length === 0 ? [] : [choice('deviceManagementType', EQUALITY, managementTypes)]),
  ],
});

/** By `devicePlatformType`. Platforms without properties of their own have what all devices have. */
export const FILTER_PLATFORMS: Readonly<Record<string, FilterPlatform>> = {
  android: devices(rooted),
  androidForWork: devices(profile, rooted, management),
  androidWorkProfile: devices(profile, rooted, management),
  androidAOSP: devices(profile, rooted, management),
  iOS: devices(profile, rooted),
  macOS: devices(architecture('x64')),
  windows10AndLater: devices(
    profile,
    architecture('amd64', 'x86'),
    choice('deviceTrustType', CHOICE, ['Azure AD joined', 'Azure AD registered', 'Hybrid Azure AD joined', 'Unknown']),
    { ...text('operatingSystemSKU'), values: [...new Set(OPERATING_SYSTEM_SKUS.values())] },
  ),
  windows81AndLater: devices(),
  windowsPhone81: devices(),
  unknown: devices(),
  androidMobileApplicationManagement: apps(
    'Unmanaged',
    'Android device administrator',
    DEDICATED_SHARED,
    ...Object.values(ANDROID_MANAGEMENT),
    'Android Enterprise',
  ),
  iOSMobileApplicationManagement: apps(
    'Unmanaged',
    'Automated Device Enrollment user-associated devices',
    'Automated Device Enrollment userless devices',
    'Account Driven User Enrollment',
    'Device Enrollment with Company Portal and Web Enrollment',
    'Managed',
  ),
  windowsMobileApplicationManagement: apps(),
};
