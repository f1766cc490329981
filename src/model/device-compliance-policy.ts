import {
  action,
  binary,
  complexType,
  containedMany,
  dateTimeOffset,
  entityType,
  enumType,
  int32,
  property,
  string,
} from '../edm/declare.ts';
import { deviceCompliancePolicyAssignment, deviceComplianceScheduledActionForRule } from './compliance-policy-children.ts';
import { entity } from './entity.ts';

/** Validation of custom compliance rules. The policies that hold such rules are not served: only what can be asked about rules. */

const operators = {
  none: 0,
  and: 1,
  or: 2,
  isEquals: 3,
  notEquals: 4,
  greaterThan: 5,
  lessThan: 6,
  between: 7,
  notBetween: 8,
  greaterEquals: 9,
  lessEquals: 10,
  dayTimeBetween: 11,
  beginsWith: 12,
  notBeginsWith: 13,
  endsWith: 14,
  notEndsWith: 15,
  contains: 16,
  notContains: 17,
  allOf: 18,
  oneOf: 19,
  noneOf: 20,
  setEquals: 21,
  orderedSetEquals: 22,
  subsetOf: 23,
  excludesAll: 24,
} as const;

const dataTypes = {
  none: 0,
  boolean: 1,
  int64: 2,
  double: 3,
  string: 4,
  dateTime: 5,
  version: 6,
  base64: 7,
  xml: 8,
  booleanArray: 9,
  int64Array: 10,
  doubleArray: 11,
  stringArray: 12,
  dateTimeArray: 13,
  versionArray: 14,
} as const;

const errors = {
  none: 0,
  jsonFileInvalid: 1,
  jsonFileMissing: 2,
  jsonFileTooLarge: 3,
  rulesMissing: 4,
  duplicateRules: 5,
  tooManyRulesSpecified: 6,
  operatorMissing: 7,
  operatorNotSupported: 8,
  datatypeMissing: 9,
  datatypeNotSupported: 10,
  operatorDataTypeCombinationNotSupported: 11,
  moreInfoUriMissing: 12,
  moreInfoUriInvalid: 13,
  moreInfoUriTooLarge: 14,
  descriptionMissing: 15,
  descriptionInvalid: 16,
  descriptionTooLarge: 17,
  titleMissing: 18,
  titleInvalid: 19,
  titleTooLarge: 20,
  operandMissing: 21,
  operandInvalid: 22,
  operandTooLarge: 23,
  settingNameMissing: 24,
  settingNameInvalid: 25,
  settingNameTooLarge: 26,
  englishLocaleMissing: 27,
  duplicateLocales: 28,
  unrecognizedLocale: 29,
  unknown: 30,
  remediationStringsMissing: 31,
} as const;

export const operator = enumType('operator', operators);
export const deviceComplianceScriptRulOperator = enumType('deviceComplianceScriptRulOperator', operators);
export const dataType = enumType('dataType', dataTypes);
export const deviceComplianceScriptRuleDataType = enumType('deviceComplianceScriptRuleDataType', dataTypes);
export const code = enumType('code', errors);
export const deviceComplianceScriptRulesValidationError = enumType('deviceComplianceScriptRulesValidationError', errors);

export const deviceCompliancePolicyScript = complexType('deviceCompliancePolicyScript', {
  properties: { deviceComplianceScriptId: string({ nullable: true }), rulesContent: binary({ nullable: true }) },
});
/** Each published value stands in two properties, an older and a newer one. */
export const deviceComplianceScriptRule = complexType('deviceComplianceScriptRule', {
  properties: {
    settingName: string({ nullable: true }),
    operator: property(operator),
    deviceComplianceScriptRulOperator: property(deviceComplianceScriptRulOperator),
    dataType: property(dataType),
    deviceComplianceScriptRuleDataType: property(deviceComplianceScriptRuleDataType),
    operand: string({ nullable: true }),
  },
});
export const deviceComplianceScriptError = complexType('deviceComplianceScriptError', {
  properties: {
    code: property(code),
    deviceComplianceScriptRulesValidationError: property(deviceComplianceScriptRulesValidationError),
    message: string({ nullable: true }),
  },
});
export const deviceComplianceScriptRuleError = complexType('deviceComplianceScriptRuleError', {
  base: deviceComplianceScriptError,
  properties: { settingName: string({ nullable: true }) },
});
export const deviceComplianceScriptValidationResult = complexType('deviceComplianceScriptValidationResult', {
  properties: {
    rules: property(deviceComplianceScriptRule, { collection: true, nullable: true }),
    scriptErrors: property(deviceComplianceScriptError, { collection: true, nullable: true }),
    ruleErrors: property(deviceComplianceScriptRuleError, { collection: true, nullable: true }),
  },
});

const children = { join: { policyId: 'id' }, capabilities: ['list', 'get'] } as const;

/** What all policies have in common. There are none, as the settings that make one are not served; a list of them is. */
export const deviceCompliancePolicy = entityType('deviceCompliancePolicy', {
  base: entity,
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    description: string({ nullable: true }),
    createdDateTime: dateTimeOffset({ readOnly: true }),
    lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
    roleScopeTagIds: string({ collection: true, distinct: true, nullable: true }),
    version: int32({ readOnly: true }),
  },
  navigation: {
    assignments: containedMany(() => deviceCompliancePolicyAssignment, children),
    scheduledActionsForRule: containedMany(() => deviceComplianceScheduledActionForRule, children),
  },
  storage: { key: ['id'] },
});

export const validateComplianceScript = action('validateComplianceScript', {
  binding: deviceCompliancePolicy,
  bindingCollection: true,
  parameters: { deviceCompliancePolicyScript: { type: deviceCompliancePolicyScript, nullable: true } },
  returns: { type: deviceComplianceScriptValidationResult, nullable: true },
});
