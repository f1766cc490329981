import { boolean, complexType, dateTimeOffset, enumType, int32, property, string } from '../edm/declare.ts';

/** What a tenant can set for all of its device management. */

export const derivedCredentialProviderType = enumType('derivedCredentialProviderType', {
  notConfigured: 0,
  entrustDataCard: 1,
  purebred: 2,
  xTec: 3,
  intercede: 4,
});

export const deviceManagementSubscriptionState = enumType('deviceManagementSubscriptionState', {
  pending: 0,
  active: 1,
  warning: 2,
  disabled: 3,
  deleted: 4,
  blocked: 5,
  lockedOut: 8,
});

export const deviceManagementSettings = complexType('deviceManagementSettings', {
  properties: {
    deviceComplianceCheckinThresholdDays: int32({ minimum: 0, maximum: 120 }),
    isScheduledActionEnabled: boolean(),
    secureByDefault: boolean(),
    enhancedJailBreak: boolean({ nullable: true }),
    deviceInactivityBeforeRetirementInDay: int32({ minimum: 0, maximum: 270 }),
    derivedCredentialProvider: property(derivedCredentialProviderType),
    derivedCredentialUrl: string({ nullable: true }),
    androidDeviceAdministratorEnrollmentEnabled: boolean(),
    ignoreDevicesForUnsupportedSettingsEnabled: boolean(),
    enableLogCollection: boolean(),
    enableAutopilotDiagnostics: boolean(),
    enableEnhancedTroubleshootingExperience: boolean(),
    enableDeviceGroupMembershipReport: boolean(),
  },
});

export const managedDeviceCleanupSettings = complexType('managedDeviceCleanupSettings', {
  properties: { deviceInactivityBeforeRetirementInDays: string({ nullable: true }) },
});

/** Properties of the `deviceManagement` singleton. */
export const deviceManagementProperties = {
  accountMoveCompletionDateTime: dateTimeOffset({ nullable: true, readOnly: true }),
  intuneAccountId: property('Edm.Guid', { nullable: true, readOnly: true }),
  maximumDepTokens: int32({ readOnly: true, default: 2000 }),
  subscriptionState: property(deviceManagementSubscriptionState, { default: 'active' }),
  settings: property(deviceManagementSettings, {
    nullable: true,
    default: {
      deviceComplianceCheckinThresholdDays: 30,
      isScheduledActionEnabled: true,
      secureByDefault: false,
      enhancedJailBreak: false,
      deviceInactivityBeforeRetirementInDay: 0,
      derivedCredentialProvider: 'notConfigured',
      derivedCredentialUrl: null,
      androidDeviceAdministratorEnrollmentEnabled: false,
      ignoreDevicesForUnsupportedSettingsEnabled: false,
      enableLogCollection: true,
      enableAutopilotDiagnostics: true,
      enableEnhancedTroubleshootingExperience: false,
      enableDeviceGroupMembershipReport: false,
    },
  }),
  managedDeviceCleanupSettings: property(managedDeviceCleanupSettings, { nullable: true }),
} as const;
