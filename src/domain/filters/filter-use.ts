import type { InferComplex } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { deviceAndAppManagementAssignmentFilter, type payloadByFilter } from '../../model/assignment-filter.ts';
import type { deviceAndAppManagementAssignmentTarget } from '../../model/assignment-target.ts';
import type { Reader } from '../../store/contract.ts';
import type { FamilyTypes } from '../policies/families.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';

/**
 * Which assignments use which filter. The `payloads` of a filter are written in the transaction of the assignments that name it. So they
 * are always right, and a delete of a filter need not search all assignments.
 */

const filterType = deviceAndAppManagementAssignmentFilter;

const NO_FILTER = '00000000-0000-0000-0000-000000000000';

type Target = InferComplex<typeof deviceAndAppManagementAssignmentTarget>;
type Payload = InferComplex<typeof payloadByFilter>;

/** An assignment of any type. */
export interface TargetedAssignment {
  readonly id: string;
  readonly policyId: string;
  readonly target: Target | null;
}

/** A filter as an assignment's target names it. */
export interface NamedFilter {
  readonly id: string;
  readonly mode: 'include' | 'exclude';
}

/** The filter that a target names, if it names one. @throws missingProperty for a mode without a filter */
export function filterOf(target: Target | null): NamedFilter | undefined {
  if (target === null) return undefined;
  const mode = target.deviceAndAppManagementAssignmentFilterType;
  const id = target.deviceAndAppManagementAssignmentFilterId;
  if (mode !== 'include' && mode !== 'exclude') return undefined;
  if (!id || id === NO_FILTER) {
    throw new AppError(
      'missingProperty',
      `A target with the filter type '${mode}' needs 'deviceAndAppManagementAssignmentFilterId'. Name a filter, or set the type to 'none'.`,
      { target: 'target/deviceAndAppManagementAssignmentFilterId' },
    );
  }
  return { id: id.toLowerCase(), mode };
}

/** An assignment's entry in its filter's payloads. */
const payloadOf = ({ policyId, id }: TargetedAssignment, mode: NamedFilter['mode']): Payload => ({
  payloadId: policyId,
  payloadType: 'deviceConfigurationAndCompliance',
  groupId: id.slice(policyId.length + 1),
  assignmentFilterType: mode,
});

/** The payloads of assignments by the filter that they name, so that each filter is written once. An id that is no UUID names none. */
function payloadsByFilter(assignments: readonly TargetedAssignment[]): ReadonlyMap<string, readonly Payload[]> {
  const payloads = new Map<string, Payload[]>();
  for (const assignment of assignments) {
    const named = filterOf(assignment.target);
    if (named === undefined || !isUuid(named.id)) continue;
    const known = payloads.get(named.id);
    const payload = payloadOf(assignment, named.mode);
    if (known === undefined) payloads.set(named.id, [payload]);
    else known.push(payload);
  }
  return payloads;
}

/** Most assignments that use one filter: it holds an entry for each, and is written whole whenever one comes or goes. */
export const MAX_USES = 5000;

/** Adds new assignments to the filters that they name. @throws referencedMissing; invalidValue beyond {@link MAX_USES} */
export async function noteFilterUse(change: UnitOfWork, assignments: readonly TargetedAssignment[]): Promise<void> {
  for (const [id, added] of payloadsByFilter(assignments)) {
    const filter = await findOne(change.writer, filterType, { id });
    if (filter === undefined) {
      throw new AppError('referencedMissing', `There is no assignment filter with the id '${id}'. Create it first.`, {
        target: 'target/deviceAndAppManagementAssignmentFilterId',
      });
    }
    const payloads = [...(filter.payloads ?? []), ...added];
    if (payloads.length > MAX_USES) {
      const message = `A filter is used by ${MAX_USES} assignments at most. Create another filter with the same rule for the others.`;
      throw new AppError('invalidValue', message, { target: 'target/deviceAndAppManagementAssignmentFilterId' });
    }
    await change.writer.update(filterType, { id }, { payloads });
  }
}

/** Removes assignments from the filters that they name. */
export async function dropFilterUse(change: UnitOfWork, assignments: readonly TargetedAssignment[]): Promise<void> {
  const nameOf = ({ payloadId, groupId }: Payload): string => `${payloadId}:${groupId}`;
  for (const [id, dropped] of payloadsByFilter(assignments)) {
    const filter = await findOne(change.writer, filterType, { id });
    if (filter === undefined) continue;
    const names = new Set(dropped.map(nameOf));
    const payloads = (filter.payloads ?? []).filter((one) => !names.has(nameOf(one)));
    await change.writer.update(filterType, { id }, { payloads });
  }
}

/** Finds filters whose payloads differ from the assignments that name them. */
export async function* wrongFilterUse(
  reader: Reader,
  assignments: readonly FamilyTypes['assignment'][],
): AsyncGenerator<{ id: string; problem: string }> {
  const used = new Map<string, string[]>();
  for (const type of assignments) {
    for await (const row of streamRows(reader, { from: type, scope: {} })) {
      const named = filterOf(row.target);
      if (named !== undefined) used.set(named.id, [...(used.get(named.id) ?? []), textOf(payloadOf(row, named.mode))]);
    }
  }
  for await (const filter of streamRows(reader, { from: filterType, scope: {}, properties: ['id', 'payloads'] })) {
    const noted = (filter.payloads ?? []).map(textOf).sort();
    const counted = (used.get(filter.id) ?? []).sort();
    if (noted.join() === counted.join()) continue;
    yield {
      id: filter.id,
      problem: `payloads names ${noted.length} assignments, but ${counted.length} use the filter, or others`,
    };
  }
}

const textOf = ({ payloadId, groupId, assignmentFilterType }: Payload): string => `${payloadId} ${groupId} ${assignmentFilterType}`;
