import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { deviceAndAppManagementAssignmentFilter } from '../../model/assignment-filter.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Reader } from '../../store/contract.ts';
import { findOne } from '../change.ts';
import type { Reading } from '../operation-rule.ts';
import { type PolicyFamily, policyFamilies } from '../policies/policy-family.ts';
import { deviceTestOf } from './bind-filter-rule.ts';
import { deviceFacts, isOnPlatform } from './device-facts.ts';
import { filterOf, type NamedFilter } from './filter-use.ts';

/** How filters decide about one device, and why: the facts that they looked at. */

/** What is asked; filters are those given, else those that the payload's assignments name. */
export interface StatusRequest {
  readonly managedDeviceId: string | null;
  readonly payloadId: string | null;
  readonly userId: string | null;
  readonly assignmentFilterIds: readonly string[] | null;
  readonly top: number | null;
  readonly skip: number | null;
}

/** Reads what has an id that was given as a parameter. @throws referencedMissing */
async function named(
  reader: Reader,
  from: typeof managedDevice | typeof deviceAndAppManagementAssignmentFilter,
  [name, id]: readonly [string, string],
) {
  const row = isUuid(id) ? await findOne(reader, from, { id: id.toLowerCase() }) : undefined;
  if (row === undefined)
    throw new AppError('referencedMissing', `There is no ${from.name} with the id '${id.slice(0, 100)}'.`, { target: name });
  return row;
}

/** The filters that a payload's assignments name, and how. */
async function filtersOf(reader: Reader, payloadId: string | null): Promise<readonly NamedFilter[]> {
  if (payloadId === null || !isUuid(payloadId)) return [];
  const scope = { policyId: payloadId.toLowerCase() };
  const found: NamedFilter[] = [];
  for (const { assignment } of policyFamilies as readonly PolicyFamily[]) {
    for (const row of await reader.select({ from: assignment, scope, orderBy: [] })) {
      const filter = filterOf(row.target as Readonly<Record<string, Value>>);
      if (filter !== undefined) found.push(filter);
    }
  }
  return found;
}

/** Filters of another platform are not evaluated. */
function resultOf(filter: Row, device: Row): string {
  const platform = filter.platform as string;
  if (!isOnPlatform(device, platform)) return 'notEvaluated';
  return deviceTestOf(filter.rule as string, platform)(deviceFacts(device)) ? 'match' : 'notMatch';
}

function summaryOf(filter: Row, device: Row, { modes, now }: { readonly modes: readonly string[]; readonly now: string }): Row {
  const evaluationResult = resultOf(filter, device);
  return {
    assignmentFilterId: filter.id!,
    assignmentFilterLastModifiedDateTime: filter.lastModifiedDateTime!,
    assignmentFilterDisplayName: filter.displayName!,
    assignmentFilterPlatform: filter.platform!,
    evaluationResult,
    evaluationDateTime: now,
    assignmentFilterType: modes[0] ?? 'none',
    assignmentFilterTypeAndEvaluationResults: modes.map((assignmentFilterType) => ({ assignmentFilterType, evaluationResult })),
  };
}

/** Evaluates filters for a device. @throws missingProperty, referencedMissing */
export async function filterStatus({ reader, now }: Reading, request: StatusRequest): Promise<Row> {
  const { managedDeviceId, payloadId, userId, assignmentFilterIds, top, skip } = request;
  if (managedDeviceId === null) {
    throw new AppError('missingProperty', "Send 'managedDeviceId': filters are evaluated for a device.", { target: 'managedDeviceId' });
  }
  const device = await named(reader, managedDevice, ['managedDeviceId', managedDeviceId]);
  const used = await filtersOf(reader, payloadId);
  const ids = assignmentFilterIds ?? used.map(({ id }) => id).filter(isUuid);
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))].slice(skip ?? 0, (skip ?? 0) + (top ?? ids.length));
  const evalutionSummaries: Row[] = [];
  for (const id of wanted) {
    const filter = await named(reader, deviceAndAppManagementAssignmentFilter, ['assignmentFilterIds', id]);
    const modes = [...new Set(used.filter((one) => one.id === id).map(({ mode }) => mode))];
    evalutionSummaries.push(summaryOf(filter, device, { modes, now }));
  }
  return {
    managedDeviceId,
    payloadId,
    userId,
    deviceProperties: Object.entries(deviceFacts(device)).map(([name, value]) => ({ name, value })),
    evalutionSummaries,
  };
}
