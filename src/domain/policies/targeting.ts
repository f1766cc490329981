import type { Row } from '../../edm/primitive.ts';
import { isUuid } from '../../lib/ids.ts';
import { deviceAndAppManagementAssignmentFilter } from '../../model/assignment-filter.ts';
import { managedDevice, user } from '../../model/managed-device.ts';
import { tenantFeature } from '../../model/tenant-feature.ts';
import type { Reader } from '../../store/contract.ts';
import { deviceFacts, deviceTestOf, isOnPlatform } from '../filters/bind-filter-rule.ts';
import { filterOf, type NamedFilter, type TargetedAssignment } from '../filters/filter-use.ts';
import { textIn } from '../named-columns.ts';
import { groupsAround } from '../roles/caller-scope.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import type { AnyFamily } from './families.ts';

/** A device as targeting sees it. */
export interface TargetedDevice {
  readonly deviceName: string | null;
  readonly upn: string | null;
  /** Its row, if it is under management: filters ask for it. One that is not fits no filter. */
  readonly managedDevice?: Row | undefined;
}

/** Whom a policy's assignments reach. Exclusions win; a filter narrows the assignment that names it. */
interface Targeting {
  /** Whether some assignment has a filter, so that devices must come with their rows. */
  readonly isFiltered: boolean;
  /** Whether a device is targeted. To be asked while the reader can be. */
  reaches(device: TargetedDevice): Promise<boolean>;
}

/** The groups that hold a device or its user, also through groups inside groups. Asked of each device, so that no group is too large. */
async function groupsOf(reader: Reader, { deviceName, upn }: TargetedDevice): Promise<ReadonlySet<string>> {
  const found = [
    ...(upn === null ? [] : await reader.select({ from: user, scope: { userPrincipalName: upn }, orderBy: [], properties: ['id'] })),
    // A device of the directory has the id of its managed device.
    ...(deviceName === null ? [] : await reader.select({ from: managedDevice, scope: { deviceName }, orderBy: [], properties: ['id'] })),
  ];
  return groupsAround(
    reader,
    found.map(({ id }) => id),
  );
}

type Target = NonNullable<TargetedAssignment['target']>;

/** @param groups those around the device */
type Reach = (device: TargetedDevice, groups: () => Promise<ReadonlySet<string>>) => Promise<boolean>;

const GROUP_TARGETS = ['groupAssignmentTarget', 'exclusionGroupAssignmentTarget'];

/** Whom targets reach that have the same filter, or none. */
function reachOf(targets: readonly Target[]): Reach {
  const ofType = (...names: readonly string[]) =>
    targets.filter((target) => names.some((name) => target['@odata.type'] === `#microsoft.graph.${name}`));
  const groupIds = ofType(...GROUP_TARGETS).map((target) => textIn(target, 'groupId')!.toLowerCase());
  const allDevices = ofType('allDevicesAssignmentTarget').length > 0;
  const allUsers = ofType('allLicensedUsersAssignmentTarget').length > 0;
  return async ({ upn }, groups) => {
    if (allDevices || (upn !== null && allUsers)) return true;
    if (groupIds.length === 0) return false;
    const around = await groups();
    return groupIds.some((id) => around.has(id));
  };
}

/** Which devices a filter leaves. One that does not exist matches none. */
async function filterTest(reader: Reader, { id, mode }: NamedFilter): Promise<(device: TargetedDevice) => boolean> {
  const filter = isUuid(id) ? await findOne(reader, deviceAndAppManagementAssignmentFilter, { id }) : undefined;
  const test = filter && deviceTestOf(filter.rule, filter.platform);
  const matches = ({ managedDevice: row }: TargetedDevice): boolean =>
    row !== undefined && test !== undefined && isOnPlatform(row, filter!.platform) && test(deviceFacts(row));
  return mode === 'include' ? matches : (device) => !matches(device);
}

/** Whom some of a policy's targets reach: each within its filter. */
async function filteredReach(
  reader: Reader,
  targets: readonly Target[],
  filterOfTarget: (target: Target) => NamedFilter | undefined,
): Promise<Reach> {
  const byFilter = Map.groupBy(targets, (target) => {
    const filter = filterOfTarget(target);
    return filter === undefined ? '' : `${filter.mode} ${filter.id}`;
  });
  const reaches: Reach[] = [];
  for (const alike of byFilter.values()) {
    const reach = reachOf(alike);
    const filter = filterOfTarget(alike[0]!);
    const test = filter === undefined ? undefined : await filterTest(reader, filter);
    reaches.push(test === undefined ? reach : async (device, groups) => test(device) && (await reach(device, groups)));
  }
  return async (device, groups) => {
    for (const reach of reaches) if (await reach(device, groups)) return true;
    return false;
  };
}

/** Reads a policy's assignments and their filters. */
export async function targetingOf(family: AnyFamily, reader: Reader, policyId: string): Promise<Targeting> {
  const rows = await reader.select({ from: family.assignment, scope: { policyId }, orderBy: [] });
  const targets = rows.map((row) => row.target!);
  const isFiltered = targets.some((target) => filterOf(target) !== undefined) && (await isEnabled(reader, ASSIGNMENT_FILTERS));
  const isExclusion = (target: Target): boolean => target['@odata.type'] === '#microsoft.graph.exclusionGroupAssignmentTarget';
  const filterOfTarget = isFiltered ? filterOf : () => undefined;
  const included = await filteredReach(
    reader,
    targets.filter((target) => !isExclusion(target)),
    filterOfTarget,
  );
  const excluded = await filteredReach(reader, targets.filter(isExclusion), filterOfTarget);
  return {
    isFiltered,
    async reaches(device) {
      let known: Promise<ReadonlySet<string>> | undefined;
      const groups = () => (known ??= groupsOf(reader, device));
      return (await included(device, groups)) && !(await excluded(device, groups));
    },
  };
}

/** Assignment filters. While they are off, assignments reach whom their groups say. */
export const ASSIGNMENT_FILTERS = 'assignmentFilters';

/** Whether a tenant has a feature switched on. One that nobody has switched is on. */
export const isEnabled = async (reader: Reader, name: string): Promise<boolean> =>
  (await findOne(reader, tenantFeature, { name }))?.enabled !== false;

/** Switches a feature on or off. */
export async function setEnabled(change: UnitOfWork, name: string, enabled: boolean): Promise<void> {
  if (!(await change.writer.update(tenantFeature, { name }, { enabled }))) await change.writer.insert(tenantFeature, { name, enabled });
}
