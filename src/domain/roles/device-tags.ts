import type { Infer } from '../../edm/infer.ts';
import { findNavigation } from '../../edm/link.ts';
import { isUuid } from '../../lib/ids.ts';
import { group } from '../../model/directory.ts';
import { managedDevice } from '../../model/managed-device.ts';
import { roleScopeTagAutoAssignment } from '../../model/role-scope-tag.ts';
import type { Reader } from '../../store/contract.ts';
import { textIn } from '../named-columns.ts';
import { streamRows } from '../reading/stream-rows.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { groupsAround } from './caller-scope.ts';
import { DEFAULT_TAG } from './visibility.ts';

/**
 * The scope tags of a device are those that it was given, and those whose assignments reach it. They are stored, so that lists,
 * filters and limits are ordinary conditions; every change of a group or of a tag's assignments brings them up to date in its own
 * transaction.
 */

type AutoAssignment = Infer<typeof roleScopeTagAutoAssignment>;
type TaggedDevice = Pick<Infer<typeof managedDevice>, 'id' | 'givenScopeTagIds' | 'roleScopeTagIds'>;

const assignmentsIn = (reader: Reader, scope: { readonly policyId?: string } = {}): Promise<AutoAssignment[]> =>
  reader.select({ from: roleScopeTagAutoAssignment, scope, orderBy: [] });

/** The type and the group of an assignment's target. */
function targetOf({ target }: AutoAssignment): { readonly type: string; readonly groupId: string } {
  return { type: target?.['@odata.type'] ?? '', groupId: (textIn(target ?? undefined, 'groupId') ?? '').toLowerCase() };
}

const reachesAll = (assignment: AutoAssignment): boolean => targetOf(assignment).type.endsWith('.allDevicesAssignmentTarget');

/** The tags that assignments give to a member of these groups. */
function tagsFor(assignments: readonly AutoAssignment[], groups: ReadonlySet<string>): readonly string[] {
  const given = new Set<string>();
  const taken = new Set<string>();
  for (const assignment of assignments) {
    const { type, groupId } = targetOf(assignment);
    const excludes = type.endsWith('.exclusionGroupAssignmentTarget');
    if (reachesAll(assignment) || groups.has(groupId)) (excludes ? taken : given).add(assignment.policyId);
  }
  return [...given].filter((tag) => !taken.has(tag));
}

/** The tags of a device: an empty list of tags is the Default tag, where no assignment brings another. */
export async function tagsOfDevice(
  reader: Reader,
  device: TaggedDevice,
  known?: readonly AutoAssignment[],
): Promise<readonly string[] | null> {
  const assignments = known ?? (await assignmentsIn(reader));
  const given = device.givenScopeTagIds;
  const brought = assignments.length === 0 ? [] : tagsFor(assignments, await groupsAround(reader, [device.id]));
  if (brought.length === 0) return given ?? [DEFAULT_TAG];
  return [...new Set([...(given ?? []), ...brought])].sort();
}

async function retag(change: UnitOfWork, devices: Iterable<TaggedDevice> | AsyncIterable<TaggedDevice>): Promise<void> {
  const assignments = await assignmentsIn(change.writer);
  for await (const device of devices) {
    const roleScopeTagIds = await tagsOfDevice(change.writer, device, assignments);
    if (JSON.stringify(roleScopeTagIds) === JSON.stringify(device.roleScopeTagIds)) continue;
    await change.writer.update(managedDevice, { id: device.id }, { roleScopeTagIds });
  }
}

const members = findNavigation(group, 'transitiveMembers')!;

/** The devices that are, or are held by groups that are, one of these ids. */
async function devicesOf(reader: Reader, ids: readonly string[]): Promise<TaggedDevice[]> {
  const devices = await reader.select({ from: managedDevice, scope: { id: ids }, orderBy: [] });
  for (const groupId of ids) {
    const linked = { navigation: members, source: { groupId } };
    devices.push(...(await reader.select({ from: managedDevice, scope: {}, linked, orderBy: [] })));
  }
  return [...new Map(devices.map((row) => [row.id, row])).values()];
}

/** Moves devices or groups into groups or out of them, and tags the devices among them anew. */
export async function regrouping<T>(change: UnitOfWork, ids: readonly string[], work: () => Promise<T>): Promise<T> {
  if ((await change.writer.count({ from: roleScopeTagAutoAssignment, scope: {} })) === 0) return work();
  const devices = await devicesOf(change.writer, ids);
  const result = await work();
  await retag(change, devices);
  return result;
}

/** Changes the assignments of a scope tag, and tags the devices anew that they reach or reached. */
export async function reassigning<T>(change: UnitOfWork, tagId: string, work: () => Promise<T>): Promise<T> {
  const before = await assignmentsIn(change.writer, { policyId: tagId });
  const result = await work();
  const assignments = [...before, ...(await assignmentsIn(change.writer, { policyId: tagId }))];
  const groups = assignments.map((assignment) => targetOf(assignment).groupId).filter(isUuid);
  const devices = assignments.some(reachesAll)
    ? streamRows(change.writer, { from: managedDevice, scope: {}, properties: ['id', 'givenScopeTagIds', 'roleScopeTagIds'] })
    : await devicesOf(change.writer, groups);
  await retag(change, devices);
  return result;
}
