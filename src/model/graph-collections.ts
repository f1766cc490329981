/**
 * Collections of Graph's public beta metadata, by the path that they stand behind: also those that Muster does not keep, so that it can tell
 * them from what Graph does not have. Names alone; from microsoftgraph/msgraph-metadata.
 */
export const GRAPH_COLLECTIONS: Readonly<Record<string, string>> = {
  '': `
    accessReviewDecisions accessReviews activitystatistics administrativeUnits agents agreementAcceptances agreements
    allowedDataLocations appRoleAssignments applicationTemplates applications approvalWorkflowProviders
    authenticationMethodConfigurations authenticationMethodDevices bookingBusinesses bookingCurrencies businessFlowTemplates
    certificateBasedAuthConfiguration chats commands connections contacts contracts dataPolicyOperations devices directoryObjects
    directoryRoleTemplates directoryRoles directorySettingTemplates domainDnsRecords domains drives filterOperators filteringPolicies
    functions governanceResources governanceRoleAssignmentRequests governanceRoleAssignments governanceRoleDefinitions
    governanceRoleSettings governanceSubjects groupLifecyclePolicies groups identityProviders invitations messageEvents
    messageRecipients messageTraces mobilityManagementPolicies oauth2PermissionGrants onPremisesPublishingProfiles organization
    payloadResponse permissionGrants places privilegedAccess privilegedApproval privilegedOperationEvents
    privilegedRoleAssignmentRequests privilegedRoleAssignments privilegedRoles privilegedSignupStatus programControlTypes
    programControls programs riskDetections riskyUsers schemaExtensions scopedRoleMemberships servicePrincipals settings shares sites
    subscribedSkus subscriptions teamTemplateDefinition teams teamsTemplates users
  `,
  agentRegistry: `
    agentCardManifests agentCollections agentInstances
  `,
  app: `
    calls onlineMeetings
  `,
  appCatalogs: `
    teamsApps
  `,
  auditLogs: `
    auditActivityTypes customSecurityAttributeAudits directoryAudits directoryProvisioning provisioning signInEventsAppSummary
    signInEventsSummary signIns signUps
  `,
  authenticationMethodsPolicy: `
    authenticationMethodConfigurations
  `,
  certificateAuthorities: `
    certificateBasedApplicationConfigurations mutualTlsOauthConfigurations
  `,
  communications: `
    adhocCalls callRecords calls onlineMeetingConversations onlineMeetings presences
  `,
  conditionalAccess: `
    authenticationContextClassReferences namedLocations policies templates
  `,
  dataClassification: `
    classifyFileJobs classifyTextJobs evaluateDlpPoliciesJobs evaluateLabelJobs exactMatchDataStores exactMatchUploadAgents jobs
    sensitiveTypes sensitivityLabels
  `,
  deviceAppManagement: `
    androidManagedAppProtections defaultManagedAppProtections deviceAppManagementTasks enterpriseCodeSigningCertificates
    iosLobAppProvisioningConfigurations iosManagedAppProtections managedAppPolicies managedAppRegistrations managedAppStatuses
    managedEBookCategories managedEBooks mdmWindowsInformationProtectionPolicies mobileAppCatalogPackages mobileAppCategories
    mobileAppConfigurations mobileAppRelationships mobileApps policySets targetedManagedAppConfigurations vppTokens
    wdacSupplementalPolicies windowsInformationProtectionDeviceRegistrations windowsInformationProtectionPolicies
    windowsInformationProtectionWipeActions windowsManagedAppProtections
  `,
  deviceManagement: `
    androidDeviceOwnerEnrollmentProfiles androidForWorkAppConfigurationSchemas androidForWorkEnrollmentProfiles
    androidManagedStoreAppConfigurationSchemas appleUserInitiatedEnrollmentProfiles assignmentFilters auditEvents autopilotEvents
    cartToClassAssociations categories certificateConnectorDetails chromeOSOnboardingSettings cloudCertificationAuthority
    cloudCertificationAuthorityLeafCertificate cloudPCConnectivityIssues comanagedDevices comanagementEligibleDevices
    complianceCategories complianceManagementPartners compliancePolicies complianceSettings configManagerCollections
    configurationCategories configurationPolicies configurationPolicyTemplates configurationSettings dataSharingConsents
    depOnboardingSettings derivedCredentials detectedApps deviceCategories deviceCompliancePolicies
    deviceCompliancePolicySettingStateSummaries deviceComplianceScripts deviceConfigurationConflictSummary
    deviceConfigurationRestrictedAppsViolations deviceConfigurations deviceConfigurationsAllManagedDeviceCertificateStates
    deviceCustomAttributeShellScripts deviceEnrollmentConfigurations deviceHealthScripts deviceManagementPartners
    deviceManagementScripts deviceShellScripts domainJoinConnectors elevationRequests embeddedSIMActivationCodePools
    exchangeConnectors exchangeOnPremisesPolicies groupPolicyCategories groupPolicyConfigurations groupPolicyDefinitionFiles
    groupPolicyDefinitions groupPolicyMigrationReports groupPolicyObjectFiles groupPolicyUploadedDefinitionFiles
    hardwareConfigurations hardwarePasswordDetails hardwarePasswordInfo importedDeviceIdentities
    importedWindowsAutopilotDeviceIdentities intents intuneBrandingProfiles iosUpdateStatuses macOSSoftwareUpdateAccountSummaries
    managedDeviceCleanupRules managedDeviceEncryptionStates managedDeviceWindowsOSImages managedDevices microsoftTunnelConfigurations
    microsoftTunnelHealthThresholds microsoftTunnelServerLogCollectionResponses microsoftTunnelSites mobileAppTroubleshootingEvents
    mobileThreatDefenseConnectors ndesConnectors notificationMessageTemplates operationApprovalPolicies operationApprovalRequests
    privilegeManagementElevations remoteActionAudits remoteAssistancePartners resourceAccessProfiles resourceOperations
    reusablePolicySettings reusableSettings roleAssignments roleDefinitions roleScopeTags serviceNowConnections settingDefinitions
    templateInsights templateSettings templates termsAndConditions troubleshootingEvents userExperienceAnalyticsAnomaly
    userExperienceAnalyticsAnomalyCorrelationGroupOverview userExperienceAnalyticsAnomalyDevice
    userExperienceAnalyticsAppHealthApplicationPerformance userExperienceAnalyticsAppHealthApplicationPerformanceByAppVersion
    userExperienceAnalyticsAppHealthApplicationPerformanceByAppVersionDetails
    userExperienceAnalyticsAppHealthApplicationPerformanceByAppVersionDeviceId
    userExperienceAnalyticsAppHealthApplicationPerformanceByOSVersion userExperienceAnalyticsAppHealthDeviceModelPerformance
    userExperienceAnalyticsAppHealthDevicePerformance userExperienceAnalyticsAppHealthDevicePerformanceDetails
    userExperienceAnalyticsAppHealthOSVersionPerformance userExperienceAnalyticsBaselines
    userExperienceAnalyticsBatteryHealthAppImpact userExperienceAnalyticsBatteryHealthDeviceAppImpact
    userExperienceAnalyticsBatteryHealthDevicePerformance userExperienceAnalyticsBatteryHealthDeviceRuntimeHistory
    userExperienceAnalyticsBatteryHealthModelPerformance userExperienceAnalyticsBatteryHealthOsPerformance
    userExperienceAnalyticsCategories userExperienceAnalyticsDeviceMetricHistory userExperienceAnalyticsDevicePerformance
    userExperienceAnalyticsDeviceScopes userExperienceAnalyticsDeviceScores userExperienceAnalyticsDeviceStartupHistory
    userExperienceAnalyticsDeviceStartupProcessPerformance userExperienceAnalyticsDeviceStartupProcesses
    userExperienceAnalyticsDeviceTimelineEvent userExperienceAnalyticsDevicesWithoutCloudIdentity
    userExperienceAnalyticsImpactingProcess userExperienceAnalyticsMetricHistory userExperienceAnalyticsModelScores
    userExperienceAnalyticsNotAutopilotReadyDevice userExperienceAnalyticsRemoteConnection userExperienceAnalyticsResourcePerformance
    userExperienceAnalyticsScoreHistory userExperienceAnalyticsWorkFromAnywhereMetrics
    userExperienceAnalyticsWorkFromAnywhereModelPerformance userPfxCertificates windowsAutopilotDeploymentProfiles
    windowsAutopilotDeviceIdentities windowsDriverUpdateProfiles windowsFeatureUpdateProfiles
    windowsInformationProtectionAppLearningSummaries windowsInformationProtectionNetworkLearningSummaries windowsMalwareInformation
    windowsQualityUpdatePolicies windowsQualityUpdateProfiles windowsUpdateCatalogItems zebraFotaArtifacts zebraFotaDeployments
  `,
  'deviceManagement/advancedThreatProtectionOnboardingStateSummary': `
    advancedThreatProtectionOnboardingDeviceSettingStates
  `,
  'deviceManagement/reports': `
    cachedReportConfigurations exportJobs
  `,
  'deviceManagement/userExperienceAnalyticsAppHealthOverview': `
    metricValues
  `,
  'deviceManagement/virtualEndpoint': `
    auditEvents bulkActions cloudApps cloudPCs cloudPcPools deviceImages externalPartnerSettings externalPartners
    frontLineServicePlans galleryImages managedLicenses onPremisesConnections provisioningPolicies servicePlans snapshots
    supportedRegions userSettings
  `,
  directory: `
    administrativeUnits attributeSets customSecurityAttributeDefinitions deletedItems deviceLocalCredentials externalUserProfiles
    featureRolloutPolicies federationConfigurations impactedResources inboundSharedUserProfiles onPremisesSynchronization
    outboundSharedUserProfiles pendingExternalUserProfiles recommendations remoteTenantGroups sharedEmailDomains subscriptions
  `,
  'directory/authenticationMethodDevices': `
    hardwareOathDevices
  `,
  'directory/certificateAuthorities': `
    certificateBasedApplicationConfigurations mutualTlsOauthConfigurations
  `,
  'directory/publicKeyInfrastructure': `
    certificateBasedAuthConfigurations
  `,
  'directory/templates': `
    deviceTemplates
  `,
  drive: `
    activities bundles following items special
  `,
  education: `
    classes schools users
  `,
  employeeExperience: `
    communities engagementAsyncOperations learningCourseActivities learningProviders roles
  `,
  financials: `
    companies
  `,
  identity: `
    apiConnectors authenticationEventListeners authenticationEventsFlows b2cUserFlows b2xUserFlows customAuthenticationExtensions
    identityProviders signInIdentifiers userFlowAttributes userFlows
  `,
  'identity/conditionalAccess': `
    authenticationContextClassReferences namedLocations policies templates
  `,
  'identity/riskPrevention': `
    fraudProtectionProviders webApplicationFirewallProviders webApplicationFirewallVerifications
  `,
  'identity/verifiedId': `
    profiles
  `,
  identityGovernance: `
    catalogs
  `,
  'identityGovernance/accessReviews': `
    decisions definitions historyDefinitions instances
  `,
  'identityGovernance/appConsent': `
    appConsentRequests
  `,
  'identityGovernance/entitlementManagement': `
    accessPackageAssignmentApprovals accessPackageAssignmentPolicies accessPackageAssignmentRequests
    accessPackageAssignmentResourceRoles accessPackageAssignments accessPackageCatalogs accessPackageResourceEnvironments
    accessPackageResourceRequests accessPackageResourceRoleScopes accessPackageResources accessPackageSuggestions accessPackages
    assignmentRequests availableAccessPackages connectedOrganizations controlConfigurations externalOriginResourceConnectors subjects
  `,
  'identityGovernance/permissionsManagement': `
    permissionsRequestChanges scheduledPermissionsApprovals scheduledPermissionsRequests
  `,
  'identityGovernance/roleManagementAlerts': `
    alertConfigurations alertDefinitions alerts operations
  `,
  'identityGovernance/termsOfUse': `
    agreementAcceptances agreements
  `,
  identityProtection: `
    agentRiskDetections riskDetections riskyAgents riskyServicePrincipals riskyUsers servicePrincipalRiskDetections
  `,
  informationProtection: `
    dataLossPreventionPolicies sensitivityLabels threatAssessmentRequests
  `,
  planner: `
    buckets goals plans rosters tasks
  `,
  policies: `
    activityBasedTimeoutPolicies appManagementPolicies authenticationStrengthPolicies authorizationPolicy b2bManagementPolicies
    claimsMappingPolicies conditionalAccessPolicies featureRolloutPolicies homeRealmDiscoveryPolicies mobileAppManagementPolicies
    mobileDeviceManagementPolicies onPremAuthenticationPolicies permissionGrantPolicies permissionGrantPreApprovalPolicies
    roleManagementPolicies roleManagementPolicyAssignments servicePrincipalCreationPolicies tokenIssuancePolicies
    tokenLifetimePolicies
  `,
  'policies/authenticationMethodsPolicy': `
    authenticationMethodConfigurations
  `,
  'policies/crossTenantAccessPolicy': `
    partners
  `,
  'policies/deletedItems': `
    crossTenantPartners crossTenantSyncPolicyPartners
  `,
  print: `
    connectors operations printerShares printers services shares taskDefinitions
  `,
  privacy: `
    subjectRightsRequests
  `,
  reports: `
    appCredentialSignInActivities applicationSignInDetailedSummary correlations credentialUserRegistrationDetails dailyPrintUsage
    dailyPrintUsageByPrinter dailyPrintUsageByUser dailyPrintUsageSummariesByPrinter dailyPrintUsageSummariesByUser
    monthlyPrintUsageByPrinter monthlyPrintUsageByUser monthlyPrintUsageSummariesByPrinter monthlyPrintUsageSummariesByUser
    servicePrincipalSignInActivities userCredentialUsageDetails
  `,
  roleManagement: `
    enterpriseApps
  `,
  'roleManagement/cloudPC': `
    resourceNamespaces roleAssignments roleDefinitions
  `,
  'roleManagement/defender': `
    customAppScopes
  `,
  'roleManagement/deviceManagement': `
    resourceNamespaces roleAssignments roleDefinitions
  `,
  'roleManagement/directory': `
    resourceNamespaces roleAssignmentApprovals roleAssignmentScheduleInstances roleAssignmentScheduleRequests roleAssignmentSchedules
    roleAssignments roleDefinitions roleEligibilityScheduleInstances roleEligibilityScheduleRequests roleEligibilitySchedules
    transitiveRoleAssignments
  `,
  'roleManagement/entitlementManagement': `
    resourceNamespaces roleAssignmentApprovals roleAssignmentScheduleInstances roleAssignmentScheduleRequests roleAssignmentSchedules
    roleAssignments roleDefinitions roleEligibilityScheduleInstances roleEligibilityScheduleRequests roleEligibilitySchedules
    transitiveRoleAssignments
  `,
  'roleManagement/exchange': `
    customAppScopes resourceNamespaces roleAssignments roleDefinitions transitiveRoleAssignments
  `,
  search: `
    acronyms bookmarks qnas
  `,
  security: `
    alerts alerts_v2 cloudAppSecurityProfiles domainSecurityProfiles fileSecurityProfiles hostSecurityProfiles incidentTasks incidents
    ipSecurityProfiles providerTenantSettings secureScoreControlProfiles secureScores securityActions subjectRightsRequests
    tiIndicators userSecurityProfiles zones
  `,
  solutions: `
    bookingBusinesses bookingCurrencies businessScenarios
  `,
  teamwork: `
    deletedChats deletedTeams devices teamTemplates workforceIntegrations
  `,
  templates: `
    deviceTemplates
  `,
  tenantRelationships: `
    delegatedAdminCustomers delegatedAdminRelationships
  `,
  trustFramework: `
    keySets policies
  `,
  workplace: `
    sensorDevices
  `,
};
