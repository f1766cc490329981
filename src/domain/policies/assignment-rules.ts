import type { EntityType } from '../../edm/declare.ts';
import type { Infer } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { roleScopeTagAutoAssignment } from '../../model/role-scope-tag.ts';
import type { deviceManagementScriptGroupAssignment } from '../../model/script-children.ts';
import type { Changes } from '../../store/contract.ts';
import { changedRow, type EntityRules, newRow } from '../entity-rules.ts';
import { dropFilterUse, noteFilterUse } from '../filters/filter-use.ts';
import { textIn } from '../named-columns.ts';
import { keyOf, type UnitOfWork } from '../unit-of-work.ts';
import type { FamilyTypes } from './families.ts';

/**
 * Assignments. An id is `{policy}:{target}`, as clients split it; all devices and all users have well-known target ids. Where a
 * family has the older group assignments, they are the group targets seen another way, and both are written together.
 */

const ALL_DEVICES = 'adadadad-808e-44e2-905a-0b7873a8a531';
const ALL_USERS = 'acacacac-9df4-4c7d-9d50-4ef0226f57a9';
const GROUP_TARGET = '#microsoft.graph.groupAssignmentTarget';

/** What assignments belong to: the types of a policy, or of a scope tag. */
export interface AssignmentFamily {
  readonly policy: EntityType;
  readonly assignment: AssignmentType;
  readonly groupAssignment?: typeof deviceManagementScriptGroupAssignment;
}

type AssignmentType = FamilyTypes['assignment'] | typeof roleScopeTagAutoAssignment;
type Assignment = Infer<AssignmentType>;
type Target = NonNullable<Assignment['target']>;

/** The property of each target type that names what it targets. */
const TARGET_ID: Readonly<Record<string, string>> = {
  '#microsoft.graph.groupAssignmentTarget': 'groupId',
  '#microsoft.graph.exclusionGroupAssignmentTarget': 'groupId',
  '#microsoft.graph.configurationManagerCollectionAssignmentTarget': 'collectionId',
  '#microsoft.graph.scopeTagGroupAssignmentTarget': 'entraObjectId',
  '#microsoft.graph.organizationalUnitAssignmentTarget': 'organizationalUnitId',
};

const missingTarget = (): AppError => new AppError('missingProperty', "An assignment needs a 'target'.", { target: 'target' });

/** The part of an assignment's id that stands for its target. */
function targetIdOf(target: Target | null): string {
  if (target === null) throw missingTarget();
  const type = target['@odata.type']!;
  if (type === '#microsoft.graph.allDevicesAssignmentTarget') return ALL_DEVICES;
  if (type === '#microsoft.graph.allLicensedUsersAssignmentTarget') return ALL_USERS;
  const property = TARGET_ID[type]!;
  const id = textIn(target, property);
  if (!id) {
    throw new AppError('missingProperty', `A target of type ${type.slice(1)} needs '${property}'.`, { target: `target/${property}` });
  }
  return id;
}

const assignmentId = (policyId: string, target: Target | null): string => `${policyId}:${targetIdOf(target)}`;

const isGroupTarget = (target: Target): boolean => target['@odata.type'] === GROUP_TARGET;

/**
 * Most assignments of one policy: who assigns to more groups assigns to a group that holds them. All of them are replaced in one transaction,
 * and read when it is decided whom the policy reaches.
 */
export const MAX_ASSIGNMENTS = 1000;

/** @throws invalidValue when a policy would have more assignments than {@link MAX_ASSIGNMENTS} */
function checkCount(count: number): void {
  if (count <= MAX_ASSIGNMENTS) return;
  const message = `A policy has ${MAX_ASSIGNMENTS} assignments at most. Assign it to a group that holds the others.`;
  throw new AppError('invalidValue', message, { target: 'target' });
}

/** Stores assignments, and their group views. @throws alreadyExists when the policy has one with the target of one of them */
async function insertAssignments(
  family: AssignmentFamily,
  change: UnitOfWork,
  all: readonly Changes<AssignmentType>[],
): Promise<Assignment[]> {
  const rows = all.map((values) => {
    const id = assignmentId(values.policyId!, values.target ?? null);
    // Families that share the type of their assignments, and these rules, tell them apart by it; others have no such column.
    return newRow(family.assignment, change, { policyType: family.policy.name, ...values, id });
  });
  for (const row of rows) {
    await change.writer.insert(family.assignment, row);
    const { policyId, id, target } = row;
    if (family.groupAssignment === undefined || !isGroupTarget(target!)) continue;
    await change.writer.insert(family.groupAssignment, { policyId, id, targetGroupId: textIn(target!, 'groupId') });
  }
  await noteFilterUse(change, rows);
  return rows;
}

const insertAssignment = async (family: AssignmentFamily, change: UnitOfWork, values: Changes<AssignmentType>): Promise<Assignment> =>
  (await insertAssignments(family, change, [values]))[0]!;

async function removeAssignment(family: AssignmentFamily, change: UnitOfWork, row: Changes<AssignmentType>): Promise<void> {
  const [stored] = await change.writer.select({ from: family.assignment, scope: keyOf(family.assignment, row), orderBy: [] });
  await dropFilterUse(change, stored === undefined ? [] : [stored]);
  const scope = keyOf(family.assignment, row);
  await change.writer.delete({ from: family.assignment, scope });
  if (family.groupAssignment !== undefined) await change.writer.delete({ from: family.groupAssignment, scope });
}

/** Removes all assignments of a policy. */
export async function removeAssignments(family: AssignmentFamily, change: UnitOfWork, policyId: string): Promise<void> {
  const scope = { policyId };
  await dropFilterUse(change, await change.writer.select({ from: family.assignment, scope, orderBy: [] }));
  await change.writer.delete({ from: family.assignment, scope });
  if (family.groupAssignment !== undefined) await change.writer.delete({ from: family.groupAssignment, scope });
}

/** Rules of single assignments. A changed target makes another id. */
export const assignmentRules = (family: AssignmentFamily): EntityRules<AssignmentType> => ({
  async create(change, values) {
    checkCount(1 + (await change.writer.count({ from: family.assignment, scope: { policyId: values.policyId! } })));
    return insertAssignment(family, change, values);
  },
  async update(change, before, values) {
    const after = changedRow(family.assignment, change, [before, values]);
    await removeAssignment(family, change, before);
    return insertAssignment(family, change, after);
  },
  remove: (change, row) => removeAssignment(family, change, row),
});

/** The target of a group assignment. @throws missingProperty */
function groupTarget(groupId: string | null): Infer<FamilyTypes['assignment']>['target'] & Row {
  if (groupId === null || groupId === '')
    throw new AppError('missingProperty', "A group assignment needs a 'targetGroupId'.", { target: 'targetGroupId' });
  return {
    '@odata.type': GROUP_TARGET,
    deviceAndAppManagementAssignmentFilterId: null,
    deviceAndAppManagementAssignmentFilterType: 'none',
    groupId,
  };
}

/** Rules of the older group assignments: each is an assignment with a group target. */
export function groupAssignmentRules(family: AssignmentFamily): EntityRules<typeof deviceManagementScriptGroupAssignment> {
  const rules = assignmentRules(family);
  const view = ({ id, policyId, target }: Assignment): GroupAssignment => ({ id, policyId, targetGroupId: textIn(target!, 'groupId') });
  const create = async (change: UnitOfWork, values: Partial<GroupAssignment>): Promise<GroupAssignment> =>
    view(await rules.create(change, { policyId: values.policyId!, target: groupTarget(values.targetGroupId ?? null) }));
  return {
    create,
    async update(change, before, values) {
      await removeAssignment(family, change, before);
      return create(change, { ...before, ...values });
    },
    remove: (change, row) => removeAssignment(family, change, row),
  };
}

/** An assignment as a request has it: with a target, or with the id of a group. */
export type RequestedAssignment = Changes<AssignmentType> & { readonly targetGroupId?: string | null };

type GroupAssignment = Infer<typeof deviceManagementScriptGroupAssignment>;

/**
 * Replaces all assignments of a policy (the `assign` action). No list, or an empty one, clears them.
 * @param requested rows with a `target`, or with a `targetGroupId`
 * @returns the assignments in the order of the request
 * @throws invalidValue when they are too many
 */
export async function assign(
  family: AssignmentFamily,
  change: UnitOfWork,
  input: { policyId: string; requested: readonly RequestedAssignment[] },
): Promise<Assignment[]> {
  const { policyId, requested } = input;
  const byId = new Map<string, Changes<AssignmentType> & { readonly target: Target }>();
  for (const { targetGroupId, ...row } of requested) {
    const target = row.target ?? (targetGroupId === undefined ? undefined : groupTarget(targetGroupId));
    if (target === undefined) throw missingTarget();
    const id = assignmentId(policyId, target);
    const known = byId.get(id);
    if (known !== undefined && known.target['@odata.type'] !== target['@odata.type']) {
      throw new AppError(
        'invalidValue',
        `The request both includes and excludes '${id.slice(policyId.length + 1)}'. Name each group once.`,
        {
          target: 'target',
        },
      );
    }
    byId.set(id, { ...row, target });
  }
  checkCount(byId.size);
  await removeAssignments(family, change, policyId);
  return insertAssignments(
    family,
    change,
    [...byId.values()].map((row) => ({ ...row, policyId })),
  );
}
