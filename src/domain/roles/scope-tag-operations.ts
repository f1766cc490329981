import type { Infer } from '../../edm/infer.ts';
import { findNavigation, shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { deviceManagement } from '../../model/device-management.ts';
import { assignRoleScopeTag, getRoleScopeTagsById, hasCustomRoleScopeTag, roleScopeTag } from '../../model/role-scope-tag.ts';
import { getRoleScopeTagsByIds, getRoleScopeTagsByResource } from '../../model/role-scope-tag-lookup.ts';
import { keyOrder } from '../../query/column.ts';
import type { Reader } from '../../store/contract.ts';
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { assign } from '../policies/assignment-rules.ts';
import { reassigning } from './device-tags.ts';
import { autoAssignmentFamily, checkAutoTarget, refuseLimited } from './scope-tag-rules.ts';
import { tagPropertyOf } from './visibility.ts';

/** The tags of a place that have one of these ids, or all of them. */
async function tagsIn(reader: Reader, place: Row, ids?: readonly string[]): Promise<Infer<typeof roleScopeTag>[]> {
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
  reading(getRoleScopeTagsById, ({ reader }, { parameters, bound }) => tagsIn(reader, bound, parameters.roleScopeTagIds ?? [])),
  reading(hasCustomRoleScopeTag, async ({ reader }, { bound }) =>
    (await tagsIn(reader, bound)).some(({ isBuiltIn }) => isBuiltIn === false),
  ),
  reading(getRoleScopeTagsByIds, ({ reader }, { parameters }) => tagsIn(reader, {}, parameters.ids ?? [])),

  // The tags that the caller can give to entities of the resource.
  reading(getRoleScopeTagsByResource, async ({ reader }, { parameters, caller }) => {
    checkResource(parameters.resource);
    return tagsIn(reader, {}, caller.scopeTags);
  }),
];
