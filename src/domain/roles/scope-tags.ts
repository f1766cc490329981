import type { EntityType } from '../../edm/declare.ts';
import type { Infer } from '../../edm/infer.ts';
import { findNavigation, shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { deviceManagement } from '../../model/device-management.ts';
import { sequence } from '../../model/internal.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from '../../model/role.ts';
import {
  assignRoleScopeTag,
  getRoleScopeTagsById,
  hasCustomRoleScopeTag,
  roleScopeTag,
  roleScopeTagAutoAssignment,
} from '../../model/role-scope-tag.ts';
import { getRoleScopeTagsByIds, getRoleScopeTagsByResource } from '../../model/role-scope-tag-lookup.ts';
import { keyOrder } from '../../query/column.ts';
import type { Reader } from '../../store/contract.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { type AssignmentFamily, assign, assignmentRules } from '../policies/assignment-rules.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import { reassigning } from './device-tags.ts';
import { carriesAny, DEFAULT_TAG, taggedTypes, tagPropertyOf } from './visibility.ts';

/** Scope tags, what may carry which of them, and the role assignments that limit callers to them. */

type Tags = readonly string[] | null | undefined;

/** @throws outOfScope when the caller is limited: who could change the limits would have none */
function refuseLimited({ scopeTags }: Pick<UnitOfWork, 'scopeTags'>): void {
  if (scopeTags === undefined) return;
  throw new AppError(
    'outOfScope',
    'Your role assignments limit you to their scope tags, so that you cannot change tags, roles or role assignments. Ask an administrator who is not limited.',
  );
}

/** Rules that a limited caller cannot make use of. */
const unlimitedOnly = <T extends EntityType>(rules: EntityRules<T>): EntityRules<T> => ({
  create: async (change, values) => {
    refuseLimited(change);
    return rules.create(change, values);
  },
  update: async (change, before, values) => {
    refuseLimited(change);
    return rules.update(change, before, values);
  },
  remove: async (change, row) => {
    refuseLimited(change);
    return rules.remove(change, row);
  },
});

/** Adds to the rules of a type whose entities carry scope tags that the tags exist and are the caller's to give. */
export function taggedRules(type: EntityType, rules: EntityRules): EntityRules {
  const name = tagPropertyOf(type);
  if (name === undefined) return rules;
  const { append: _, ...others } = rules;
  return {
    ...others,
    create: async (change, values) => {
      const tags = tagsIn(values, name) ?? change.scopeTags;
      if (tags === undefined) return rules.create(change, values);
      await checkTags(change, name, [[], tags]);
      return rules.create(change, { ...values, [name]: tags });
    },
    update: async (change, before, values) => {
      if (values[name] !== undefined) await checkTags(change, name, [tagsIn(before, name), tagsIn(values, name)]);
      return rules.update(change, before, values);
    },
  };
}

/** The scope tags in a column; undefined where it is not there. */
const tagsIn = (row: Partial<Row>, name: string): Tags => row[name] as Tags;

/** @throws invalidValue naming a tag that does not exist, unless such are kept; outOfScope where a limited caller changes tags of others */
async function checkTags(change: UnitOfWork, target: string, [before, after]: readonly [Tags, Tags]): Promise<void> {
  const [old, tags] = [before ?? [], after ?? []];
  const added = tags.filter((tag) => !old.includes(tag));
  for (const id of change.keepsUnknownTags === true ? [] : added) {
    if (id === DEFAULT_TAG || (await findOne(change.writer, roleScopeTag, { id })) !== undefined) continue;
    throw new AppError(
      'invalidValue',
      `There is no scope tag with the id '${id.slice(0, 100)}'. GET /deviceManagement/roleScopeTags lists them.`,
      {
        target,
      },
    );
  }
  const own = change.scopeTags;
  if (own === undefined) return;
  const effective = tags.length === 0 ? [DEFAULT_TAG] : tags;
  const foreign = [...added, ...old.filter((tag) => !tags.includes(tag))].find((tag) => !own.includes(tag));
  if (foreign !== undefined || !effective.some((tag) => own.includes(tag))) {
    throw new AppError(
      'outOfScope',
      `Give and take only scope tags of your role assignments (${own.join(', ')}), and leave at least one of them.`,
      {
        target,
      },
    );
  }
}

/** Role definitions go with their assignments. */
export const roleDefinitionRules: EntityRules<typeof roleDefinition> = unlimitedOnly({
  ...plainRules(roleDefinition),
  async remove(change, row) {
    await change.writer.delete({ from: deviceAndAppManagementRoleAssignment, scope: { roleDefinitionId: row.id } });
    await plainRules(roleDefinition).remove(change, row);
  },
});

/** Role assignments belong to a role definition. */
export const roleAssignmentRules: EntityRules<typeof deviceAndAppManagementRoleAssignment> = unlimitedOnly({
  ...plainRules(deviceAndAppManagementRoleAssignment),
  async create(change, values) {
    if (values.roleDefinitionId === undefined) {
      throw new AppError('missingProperty', "A role assignment needs a role definition: send 'roleDefinition@odata.bind'.", {
        target: 'roleDefinition',
      });
    }
    return plainRules(deviceAndAppManagementRoleAssignment).create(change, values);
  },
});

/** Scope tags: numbered, and there as long as anything carries them. */
export const roleScopeTagRules: EntityRules<typeof roleScopeTag> = unlimitedOnly({
  async create(change, values) {
    const next = { key: { name: roleScopeTag.name }, add: { last: 1 }, returns: ['last'] } as const;
    const [counted] = await change.writer.accumulate(sequence, next);
    return plainRules(roleScopeTag).create(change, { ...values, id: String(counted!.last) });
  },
  async update(change, before, values) {
    if (before.isBuiltIn && values.displayName !== undefined && values.displayName !== before.displayName) {
      throw new AppError('invalidValue', 'The built-in scope tag cannot be renamed. Change its description, or create a tag.', {
        target: 'displayName',
      });
    }
    return plainRules(roleScopeTag).update(change, before, values);
  },
  async remove(change, row) {
    const { id } = row;
    if (row.isBuiltIn)
      throw new AppError('inUse', 'The built-in scope tag cannot be deleted: everything without a tag counts as tagged with it.');
    for (const type of [...taggedTypes, deviceAndAppManagementRoleAssignment]) {
      const users = await carriersOf(change.writer, type, id);
      if (users > 0) throw new AppError('inUse', `${users} of type ${type.name} carry this scope tag. Take it from them first.`);
    }
    await change.writer.delete({ from: roleScopeTagAutoAssignment, scope: { policyId: id } });
    await plainRules(roleScopeTag).remove(change, row);
  },
});

/** How many entities of a type carry a tag. */
async function carriersOf(reader: Reader, type: EntityType, id: string): Promise<number> {
  return reader.count({ from: type, scope: {}, where: carriesAny(type, tagPropertyOf(type) ?? 'scopeTagIds', { tags: [id] }) });
}

/** The kinds of targets that reach devices. */
const DEVICE_TARGETS = ['groupAssignmentTarget', 'exclusionGroupAssignmentTarget', 'allDevicesAssignmentTarget'];

/** @throws invalidValue for a target that reaches no devices, or that a filter narrows */
function checkAutoTarget(target: Infer<typeof roleScopeTagAutoAssignment>['target'] | undefined): void {
  const { '@odata.type': type, deviceAndAppManagementAssignmentFilterType: filtered = 'none' } = target ?? {};
  if (type !== undefined && !DEVICE_TARGETS.some((name) => type.endsWith(`.${name}`))) {
    throw new AppError('invalidValue', `A scope tag is assigned to devices: use one of ${DEVICE_TARGETS.join(', ')}.`, {
      target: 'target',
    });
  }
  if (filtered === 'none') return;
  throw new AppError(
    'invalidValue',
    'Assignments of scope tags take no assignment filter. Leave it out, or assign a group of the devices.',
    {
      target: 'target/deviceAndAppManagementAssignmentFilterType',
    },
  );
}

/** What the rules of assignments need to know of those of scope tags. */
const autoAssignmentFamily: AssignmentFamily = { policy: roleScopeTag, assignment: roleScopeTagAutoAssignment };

const assigned = assignmentRules(autoAssignmentFamily);

/** Assignments of scope tags: the devices that they reach are tagged in the same transaction. */
export const autoAssignmentRules: EntityRules<typeof roleScopeTagAutoAssignment> = unlimitedOnly({
  async create(change, values) {
    checkAutoTarget(values.target);
    return reassigning(change, values.policyId!, () => assigned.create(change, values));
  },
  async update(change, before, values) {
    checkAutoTarget(values.target);
    return reassigning(change, before.policyId, () => assigned.update(change, before, values));
  },
  remove: (change, row) => reassigning(change, row.policyId, () => assigned.remove(change, row)),
});

/** The tags of a place that have one of these ids, or all of them. */
async function tagsWithIds(reader: Reader, place: Row, ids?: readonly string[]): Promise<Infer<typeof roleScopeTag>[]> {
  const rows = await reader.select({ from: roleScopeTag, scope: place, orderBy: keyOrder(roleScopeTag) });
  if (ids === undefined) return rows;
  const wanted = new Set<unknown>(ids);
  return rows.filter(({ id }) => wanted.has(id));
}

/** @throws invalidValue unless a collection of `deviceManagement` has this name and its entities carry scope tags */
function checkResource(name: string | null): void {
  const target = name === null ? undefined : findNavigation(deviceManagement, name)?.target;
  if (target !== undefined && tagPropertyOf(target) !== undefined) return;
  const names = shapeOf(deviceManagement).navigation.filter((n) => tagPropertyOf(n.target) !== undefined);
  throw new AppError('invalidValue', `Name a collection whose entities carry scope tags: ${names.map((n) => n.name).join(', ')}.`, {
    target: 'resource',
  });
}

/** What can be asked of scope tags, and `assign`, which replaces the assignments of one. */
export const scopeTagOperations: readonly OperationRule[] = [
  changing(assignRoleScopeTag, async (change, { parameters, bound }) => {
    refuseLimited(change);
    const requested = parameters.assignments ?? [];
    for (const { target } of requested) checkAutoTarget(target);
    const policyId = bound.id;
    return reassigning(change, policyId, () => assign(autoAssignmentFamily, change, { policyId, requested }));
  }),
  reading(getRoleScopeTagsById, ({ reader }, { parameters, bound }) => tagsWithIds(reader, bound, parameters.roleScopeTagIds ?? [])),
  reading(hasCustomRoleScopeTag, async ({ reader }, { bound }) =>
    (await tagsWithIds(reader, bound)).some(({ isBuiltIn }) => isBuiltIn === false),
  ),
  reading(getRoleScopeTagsByIds, ({ reader }, { parameters }) => tagsWithIds(reader, {}, parameters.ids ?? [])),

  // The tags that the caller can give to entities of the resource.
  reading(getRoleScopeTagsByResource, async ({ reader }, { parameters, caller }) => {
    checkResource(parameters.resource);
    return tagsWithIds(reader, {}, caller.scopeTags);
  }),
];
