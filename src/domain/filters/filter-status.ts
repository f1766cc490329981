import type { EntityType } from '../../edm/declare.ts';
import type { Infer, InferComplex } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import {
  type assignmentFilterEvaluationSummary,
  type assignmentFilterStatusDetails,
  deviceAndAppManagementAssignmentFilter,
} from '../../model/assignment-filter.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Reader } from '../../store/contract.ts';
import type { Reading } from '../operation-rule.ts';
import { policyFamilies } from '../policies/families.ts';
import { findOne } from '../unit-of-work.ts';
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

type Filter = Infer<typeof deviceAndAppManagementAssignmentFilter>;
type Summary = InferComplex<typeof assignmentFilterEvaluationSummary>;

/** Reads what has an id that was given as a parameter. @throws referencedMissing */
async function named<T extends EntityType>(reader: Reader, from: T, given: readonly [name: string, id: string]): Promise<Infer<T>>;
async function named(reader: Reader, from: EntityType, [name, id]: readonly [string, string]): Promise<Row> {
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
  for (const { assignment } of policyFamilies) {
    for (const row of await reader.select({ from: assignment, scope, orderBy: [] })) {
      const filter = filterOf(row.target);
      if (filter !== undefined) found.push(filter);
    }
  }
  return found;
}

/** Filters of another platform are not evaluated. */
function resultOf({ platform, rule }: Filter, device: Row): Summary['evaluationResult'] {
  if (!isOnPlatform(device, platform)) return 'notEvaluated';
  return deviceTestOf(rule, platform)(deviceFacts(device)) ? 'match' : 'notMatch';
}

function summaryOf(
  filter: Filter,
  device: Row,
  { modes, now }: { readonly modes: readonly NamedFilter['mode'][]; readonly now: string },
): Summary {
  const evaluationResult = resultOf(filter, device);
  return {
    assignmentFilterId: filter.id,
    assignmentFilterLastModifiedDateTime: filter.lastModifiedDateTime,
    assignmentFilterDisplayName: filter.displayName,
    assignmentFilterPlatform: filter.platform,
    evaluationResult,
    evaluationDateTime: now,
    assignmentFilterType: modes[0] ?? 'none',
    assignmentFilterTypeAndEvaluationResults: modes.map((assignmentFilterType) => ({ assignmentFilterType, evaluationResult })),
  };
}

/** Evaluates filters for a device. @throws missingProperty, referencedMissing */
export async function filterStatus(
  { reader, now }: Reading,
  request: StatusRequest,
): Promise<InferComplex<typeof assignmentFilterStatusDetails>> {
  const { managedDeviceId, payloadId, userId, assignmentFilterIds, top, skip } = request;
  if (managedDeviceId === null) {
    throw new AppError('missingProperty', "Send 'managedDeviceId': filters are evaluated for a device.", { target: 'managedDeviceId' });
  }
  const device = await named(reader, managedDevice, ['managedDeviceId', managedDeviceId]);
  const used = await filtersOf(reader, payloadId);
  const ids = assignmentFilterIds ?? used.map(({ id }) => id).filter(isUuid);
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))].slice(skip ?? 0, (skip ?? 0) + (top ?? ids.length));
  const evalutionSummaries: Summary[] = [];
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
