import type { EntityType } from '../edm/declare.ts';
import { findNavigation } from '../edm/link.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { isUuid } from '../lib/ids.ts';
import { deviceAndAppManagementAssignmentFilter } from '../model/assignment-filter.ts';
import { group } from '../model/directory.ts';
import { managedDevice, user } from '../model/managed-device.ts';
import type { SelectPlan } from '../query/plan.ts';
import type { Reader } from '../store/contract.ts';
import { deviceTestOf } from './bind-filter-rule.ts';
import { findOne } from './change.ts';
import { deviceFacts, isOnPlatform } from './device-facts.ts';
import { filterOf, type NamedFilter } from './filter-use.ts';
import type { AnyFamily } from './policy-family.ts';
import { ASSIGNMENT_FILTERS, isEnabled } from './tenant-features.ts';

/** A device as targeting sees it. */
export interface TargetedDevice {
  readonly deviceName: string | null;
  readonly upn: string | null;
  /** Its row, if it is under management: filters ask for it. One that is not fits no filter. */
  readonly managedDevice?: Row | undefined;
}

/** Whom a policy's assignments reach. Exclusions win; a filter narrows the assignment that names it. */
export interface Targeting {
  /** Whether some assignment has a filter, so that devices must come with their rows. */
  readonly isFiltered: boolean;
  /** Whether a device is targeted. */
  reaches(device: TargetedDevice): boolean;
}

/** Users and devices that groups hold, also through groups inside groups. */
interface Population {
  readonly upns: Set<string>;
  readonly deviceNames: Set<string>;
}

const members = findNavigation(group, 'transitiveMembers')!;

/** The rows of a type that are in one of the groups, also through groups inside groups; once for each of the groups. */
export async function membersOf(
  reader: Reader,
  groupIds: readonly string[],
  plan: Pick<SelectPlan, 'from' | 'properties'>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const groupId of groupIds)
    rows.push(...(await reader.select({ ...plan, scope: {}, linked: { navigation: members, source: { groupId } }, orderBy: [] })));
  return rows;
}

/** A text of each row of a type that is in one of the groups. */
async function textsOf(reader: Reader, groupIds: readonly string[], [from, column]: readonly [EntityType, string]): Promise<Set<string>> {
  const rows = await membersOf(reader, groupIds, { from, properties: [column] });
  return new Set(rows.map((row) => row[column]).filter((text): text is string => typeof text === 'string'));
}

const populationOf = async (reader: Reader, groupIds: readonly string[]): Promise<Population> => ({
  upns: await textsOf(reader, groupIds, [user, 'userPrincipalName']),
  // A device of the directory has the id of its managed device.
  deviceNames: await textsOf(reader, groupIds, [managedDevice, 'deviceName']),
});

type Target = Readonly<Record<string, Value>>;

type Reach = (device: TargetedDevice) => boolean;

const GROUP_TARGETS = ['groupAssignmentTarget', 'exclusionGroupAssignmentTarget'];

/** Whom targets reach that have the same filter, or none. */
async function reachOf(reader: Reader, targets: readonly Target[]): Promise<Reach> {
  const ofType = (...names: readonly string[]) =>
    targets.filter((target) => names.some((name) => target['@odata.type'] === `#microsoft.graph.${name}`));
  // An id that is no UUID names no group, and a uuid column may refuse it.
  const groupIds = ofType(...GROUP_TARGETS)
    .map((target) => target.groupId as string)
    .filter(isUuid);
  const { upns, deviceNames } = await populationOf(reader, groupIds);
  const allDevices = ofType('allDevicesAssignmentTarget').length > 0;
  const allUsers = ofType('allLicensedUsersAssignmentTarget').length > 0;
  return ({ deviceName, upn }) =>
    allDevices || (upn !== null && (allUsers || upns.has(upn))) || (deviceName !== null && deviceNames.has(deviceName));
}

/** Which devices a filter leaves. One that does not exist matches none. */
async function filterTest(reader: Reader, { id, mode }: NamedFilter): Promise<Reach> {
  const filter = isUuid(id) ? await findOne(reader, deviceAndAppManagementAssignmentFilter, { id }) : undefined;
  const platform = filter?.platform as string;
  const test = filter && deviceTestOf(filter.rule as string, platform);
  const matches = ({ managedDevice: row }: TargetedDevice): boolean =>
    row !== undefined && test !== undefined && isOnPlatform(row, platform) && test(deviceFacts(row));
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
    const reach = await reachOf(reader, alike);
    const filter = filterOfTarget(alike[0]!);
    const test = filter === undefined ? undefined : await filterTest(reader, filter);
    reaches.push(test === undefined ? reach : (device) => reach(device) && test(device));
  }
  return (device) => reaches.some((reach) => reach(device));
}

/** Reads a policy's assignments, and resolves their groups and filters. */
export async function targetingOf(family: AnyFamily, reader: Reader, policyId: string): Promise<Targeting> {
  const rows = await reader.select({ from: family.assignment, scope: { policyId }, orderBy: [] });
  const targets = rows.map((row) => row.target as Target);
  const isFiltered = targets.some((target) => filterOf(target) !== undefined) && (await isEnabled(reader, ASSIGNMENT_FILTERS));
  const isExclusion = (target: Target): boolean => target['@odata.type'] === '#microsoft.graph.exclusionGroupAssignmentTarget';
  const filterOfTarget = isFiltered ? filterOf : () => undefined;
  const included = await filteredReach(
    reader,
    targets.filter((target) => !isExclusion(target)),
    filterOfTarget,
  );
  const excluded = await filteredReach(reader, targets.filter(isExclusion), filterOfTarget);
  return { isFiltered, reaches: (device) => included(device) && !excluded(device) };
}
