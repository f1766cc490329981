/**
 * What IntuneCD 2.4 asks in a backup of everything, as its requests were seen on the wire: `+` for spaces, slashes at the end, whole
 * numbers as ids of a batch, its URLs without a slash in front. What it then asks of each thing that it found is in intunecd.test.ts.
 */
export const BACKUP_LISTS: readonly string[] = [
  'deviceManagement/roleScopeTags',
  'deviceAppManagement/mobileAppConfigurations',
  'deviceAppManagement/managedAppPolicies',
  'deviceManagement/depOnboardingSettings/',
  'deviceAppManagement/mobileApps?%24filter=%28microsoft.graph.managedApp%2FappAvailability%29+eq+null+or+%28microsoft.graph.managedApp%2FappAvailability%29+eq+%27lineOfBusiness%27&%24orderby=displayName',
  'deviceManagement/compliancePolicies?%24expand=settings',
  'deviceManagement/deviceConfigurations',
  'deviceManagement/complianceManagementPartners',
  'deviceManagement/deviceCompliancePolicies/?%24expand=scheduledActionsForRule%28%24expand%3DscheduledActionConfigurations%29',
  'deviceManagement/deviceCustomAttributeShellScripts/',
  'identity/conditionalAccess/policies',
  'deviceManagement/deviceComplianceScripts/',
  'deviceManagement/deviceEnrollmentConfigurations/',
  'deviceManagement/deviceCategories',
  'deviceManagement/deviceEnrollmentConfigurations',
  'deviceManagement/intents',
  'deviceManagement/groupPolicyConfigurations',
  'deviceManagement/assignmentFilters',
  'deviceManagement/deviceManagementPartners',
  'deviceManagement/notificationMessageTemplates?$expand=localizedNotificationMessages',
  'deviceManagement/deviceHealthScripts',
  'deviceManagement/remoteAssistancePartners',
  'deviceManagement/deviceManagementScripts/',
  'deviceManagement/reusablePolicySettings/?%24select=id%2Csettinginstance%2Cdisplayname%2Cdescription%2CsettingDefinitionId%2Cversion',
  'deviceManagement/templates',
  'deviceManagement/roleDefinitions?%24filter=isBuiltIn+eq+false',
  'deviceManagement/configurationPolicies',
  'deviceManagement/deviceShellScripts/',
  'deviceAppManagement/vppTokens',
  'deviceManagement/windowsDriverUpdateProfiles',
  'deviceManagement/windowsAutopilotDeploymentProfiles',
  'deviceManagement/windowsFeatureUpdateProfiles',
  'deviceManagement/windowsQualityUpdateProfiles',
  'deviceManagement/managedDevices?%24select=id&%24filter=startsWith%28operatingSystem%2C+%27macOS%27%29+or+startsWith%28operatingSystem%2C+%27iOS%27%29+or+startsWith%28operatingSystem%2C+%27iPadOS%27%29',
  'deviceManagement/windowsAutopilotDeviceIdentities',
];

/** Single things: asked in the same run. */
export const BACKUP_SINGLES: readonly string[] = [
  'deviceManagement/applePushNotificationCertificate',
  'deviceManagement/androidManagedStoreAccountEnterpriseSettings',
];

/** Who changed what, with `--audit`: the conditions of its queries. */
export const AUDIT_FILTERS: readonly string[] = [
  "componentName eq 'DeviceConfiguration'",
  "componentName eq 'RoleBasedAccessControl'",
  "resources/any(s:s/auditResourceType eq 'DeviceManagementSettings')",
];
