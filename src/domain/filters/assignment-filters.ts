import type { Infer, InferComplex } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import {
  type assignmentFilterSupportedProperty,
  deviceAndAppManagementAssignmentFilter,
  enableAssignmentFilters,
  getAssignmentFilterState,
  getPlatformSupportedProperties,
  getSupportedProperties,
  validateAssignmentFilter,
} from '../../model/assignment-filter.ts';
import { evaluateAssignmentFilter, getAssignmentFiltersStatusDetails } from '../../model/assignment-filter-actions.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { ASSIGNMENT_FILTERS, isEnabled, setEnabled } from '../policies/targeting.ts';
import { deviceTestOf } from './bind-filter-rule.ts';
import { evaluateFilter, filterStatus } from './evaluate-filter.ts';
import { FILTER_PLATFORMS } from './filter-properties.ts';
import type { FilterOperator } from './filter-rule.ts';

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

type Filter = Infer<typeof deviceAndAppManagementAssignmentFilter>;

const plain = plainRules(deviceAndAppManagementAssignmentFilter);

/** What kind of thing the filters of a platform are about: it follows from the platform. */
const managementTypeOf = (platform: string): Filter['assignmentFilterManagementType'] =>
  FILTER_PLATFORMS[platform]!.entity === 'app' ? 'apps' : 'devices';

/** A filter whose rule fits its platform. @throws invalidValue */
function checked(values: Partial<Filter>): Partial<Filter> {
  const platform = values.platform ?? 'unknown';
  deviceTestOf(values.rule!, platform);
  const assignmentFilterManagementType = values.assignmentFilterManagementType ?? managementTypeOf(platform);
  if (assignmentFilterManagementType !== managementTypeOf(platform)) {
    throw new AppError('invalidValue', `Filters for ${platform} are about ${managementTypeOf(platform)}. Change one of the two.`, {
      target: 'assignmentFilterManagementType',
    });
  }
  return { ...values, assignmentFilterManagementType };
}

/** Assignment filters: their rules hold water, and they stay while an assignment uses them. */
export const assignmentFilterRules: EntityRules<typeof deviceAndAppManagementAssignmentFilter> = {
  create: async (change, values) => plain.create(change, checked(values)),
  async update(change, before, values) {
    const { platform, assignmentFilterManagementType } = values;
    const moved = platform !== undefined && assignmentFilterManagementType === undefined;
    const followed = moved ? { ...values, assignmentFilterManagementType: managementTypeOf(platform) } : values;
    checked({ ...before, ...followed });
    return plain.update(change, before, followed);
  },
  async remove(change, row) {
    const users = row.payloads?.length ?? 0;
    if (users > 0) {
      throw new AppError(
        'inUse',
        `This filter is used by ${users} ${users === 1 ? 'assignment' : 'assignments'}, which 'payloads' names. Take it out of them first.`,
      );
    }
    await plain.remove(change, row);
  },
};
