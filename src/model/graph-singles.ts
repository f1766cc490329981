/**
 * Single things of Graph's public beta metadata, by the path that they stand behind: its singletons, and navigations that lead to one
 * thing alone. Also those that Muster does not keep, as in graph-collections.ts. Names alone; from microsoftgraph/msgraph-metadata.
 */
export const GRAPH_SINGLES: Readonly<Record<string, string>> = {
  '': `
    admin agentRegistry app appCatalogs auditLogs authenticationMethodsPolicy certificateAuthorities communications compliance
    conditionalAccess copilot dataClassification deviceAppManagement deviceManagement directory drive education employeeExperience
    external financials identity identityGovernance identityProtection informationProtection me monitoring network networkAccess
    planner policies print privacy reports roleManagement search security solutions storage teamwork templates tenantRelationships
    termStore threatSubmission trustFramework workplace
  `,
  admin: `
    appsAndServices cloudLicensing configurationManagement dynamics edge entra exchange forms microsoft365Apps people reportSettings
    serviceAnnouncement sharepoint teams todo windows
  `,
  compliance: `
    ediscovery
  `,
  conditionalAccess: `
    authenticationStrength authenticationStrengths deletedItems
  `,
  deviceAppManagement: `
    symantecCodeSigningCertificate windowsManagementApp
  `,
  deviceManagement: `
    advancedThreatProtectionOnboardingStateSummary androidAppConfigurationSchema androidForWorkSettings
    androidManagedStoreAccountEnterpriseSettings applePushNotificationCertificate conditionalAccessSettings
    deviceCompliancePolicyDeviceStateSummary deviceConfigurationDeviceStateSummaries deviceConfigurationUserStateSummaries
    endpointPrivilegeManagementProvisioningStatus exchangeOnPremisesPolicy managedDeviceOverview monitoring remoteAssistanceSettings
    reports softwareUpdateStatusSummary tenantAttachRBAC userExperienceAnalyticsAppHealthOverview
    userExperienceAnalyticsBatteryHealthCapacityDetails userExperienceAnalyticsBatteryHealthRuntimeDetails
    userExperienceAnalyticsDeviceScope userExperienceAnalyticsOverview userExperienceAnalyticsWorkFromAnywhereHardwareReadinessMetric
    virtualEndpoint windowsAutopilotSettings zebraFotaConnector
  `,
  'deviceManagement/exchangeOnPremisesPolicy': `
    conditionalAccessSettings
  `,
  'deviceManagement/virtualEndpoint': `
    crossCloudGovernmentOrganizationMapping organizationSettings report reports
  `,
  directory: `
    authenticationMethodDevices certificateAuthorities publicKeyInfrastructure recommendationConfiguration recovery templates
    tenantGovernance
  `,
  drive: `
    list root
  `,
  education: `
    me reports
  `,
  employeeExperience: `
    goals
  `,
  identity: `
    conditionalAccess continuousAccessEvaluationPolicy riskPrevention verifiedId
  `,
  'identity/conditionalAccess': `
    authenticationStrength authenticationStrengths deletedItems
  `,
  identityGovernance: `
    accessReviews appConsent entitlementManagement lifecycleWorkflows permissionsAnalytics permissionsManagement privilegedAccess
    roleManagementAlerts termsOfUse
  `,
  'identityGovernance/accessReviews': `
    policy unified
  `,
  'identityGovernance/entitlementManagement': `
    settings
  `,
  'identityGovernance/permissionsAnalytics': `
    aws azure gcp
  `,
  'identityGovernance/privilegedAccess': `
    group
  `,
  informationProtection: `
    bitlocker policy sensitivityPolicySettings
  `,
  policies: `
    accessReviewPolicy adminConsentRequestPolicy authenticationFlowsPolicy authenticationMethodsPolicy b2cAuthenticationMethodsPolicy
    crossTenantAccessPolicy defaultAppManagementPolicy deletedItems deviceRegistrationPolicy directoryRoleAccessReviewPolicy
    externalIdentitiesPolicy federatedTokenValidationPolicy identitySecurityDefaultsEnforcementPolicy ownerlessGroupPolicy
  `,
  'policies/crossTenantAccessPolicy': `
    default templates
  `,
  reports: `
    authenticationMethods azureADPremiumLicenseInsight healthMonitoring identityAnalytics microsoftAppsFileStorageContainerUsageSummary
    partners security serviceActivity sla userInsights
  `,
  roleManagement: `
    cloudPC defender deviceManagement directory entitlementManagement exchange
  `,
  security: `
    attackSimulation auditLog caseManagement cases collaboration dataDiscovery dataSecurityAndGovernance identities
    informationProtection labels partner rules securityCopilot threatIntelligence threatSubmission triggerTypes triggers
  `,
  solutions: `
    approval backupRestore migrations sharePoint virtualEvents
  `,
  storage: `
    fileStorage settings
  `,
  teamwork: `
    messaging teamsAppSettings
  `,
  tenantRelationships: `
    managedTenants multiTenantOrganization
  `,
};
