import type { InferComplex } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import {
  type assignmentFilterSupportedProperty,
  enableAssignmentFilters,
  getAssignmentFilterState,
  getPlatformSupportedProperties,
  getSupportedProperties,
  validateAssignmentFilter,
} from '../../model/assignment-filter.ts';
import { evaluateAssignmentFilter, getAssignmentFiltersStatusDetails } from '../../model/assignment-filter-actions.ts';
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { ASSIGNMENT_FILTERS, isEnabled, setEnabled } from '../tenant-features.ts';
import { deviceTestOf } from './bind-filter-rule.ts';
import { evaluateFilter } from './evaluate-filter.ts';
import { FILTER_PLATFORMS } from './filter-properties.ts';
import type { FilterOperator } from './filter-rule.ts';
import { filterStatus } from './filter-status.ts';

type SupportedProperty = InferComplex<typeof assignmentFilterSupportedProperty>;

const OPERATOR_NAMES: Readonly<Record<FilterOperator, SupportedProperty['supportedOperators'][number]>> = {
  eq: 'equals',
  ne: 'notEquals',
  in: 'in',
  notIn: 'notIn',
  startsWith: 'startsWith',
  notStartsWith: 'notStartsWith',
  contains: 'contains',
  notContains: 'notContains',
  gt: 'greaterThan',
  ge: 'greaterThanOrEquals',
  lt: 'lessThan',
  le: 'lessThanOrEquals',
};

/** Two to four numbers. */
const VERSION_PATTERN = '^\\d+(\\.\\d+){1,3}$';

/** What rules for a platform can ask, as Graph describes it. */
const supportedProperties = (platform: string): SupportedProperty[] =>
  FILTER_PLATFORMS[platform]!.properties.map(({ name, kind, operators, values }) => ({
    name,
    dataType: kind === 'version' ? 'Version' : 'String',
    isCollection: false,
    propertyRegexConstraint: kind === 'version' ? VERSION_PATTERN : null,
    supportedOperators: operators.map((operator) => OPERATOR_NAMES[operator]),
    supportedValues: values,
  }));

/** Whether a rule can be parsed and fits its platform. */
function isValid(rule: string, platform: string): boolean {
  try {
    deviceTestOf(rule, platform);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** The operations on assignment filters. */
export const assignmentFilterOperations: readonly OperationRule[] = [
  changing(enableAssignmentFilters, async (change, { parameters }) => {
    await setEnabled(change, ASSIGNMENT_FILTERS, parameters.enable);
  }),

  reading(getAssignmentFilterState, async ({ reader }) => ({ enabled: await isEnabled(reader, ASSIGNMENT_FILTERS) })),

  reading(validateAssignmentFilter, async (_, { parameters }) => {
    const { rule, platform = 'unknown' } = parameters.deviceAndAppManagementAssignmentFilter ?? {};
    if (typeof rule !== 'string' || rule.trim() === '') {
      throw new AppError('missingProperty', "Send the filter with its 'rule'.", { target: 'deviceAndAppManagementAssignmentFilter/rule' });
    }
    return { isValidRule: isValid(rule, platform) };
  }),

  reading(getPlatformSupportedProperties, async (_, { parameters }) => supportedProperties(parameters.platform)),

  reading(getSupportedProperties, async (_, { bound }) => supportedProperties(bound.platform)),

  reading(evaluateAssignmentFilter, async ({ reader }, { parameters }) => {
    const report = await evaluateFilter(reader, parameters.data);
    return new TextEncoder().encode(JSON.stringify(report));
  }),

  reading(getAssignmentFiltersStatusDetails, (look, { parameters }) => filterStatus(look, parameters)),
];
