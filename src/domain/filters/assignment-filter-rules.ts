import type { Infer } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import { deviceAndAppManagementAssignmentFilter } from '../../model/assignment-filter.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { deviceTestOf } from './bind-filter-rule.ts';
import { FILTER_PLATFORMS } from './filter-properties.ts';

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
