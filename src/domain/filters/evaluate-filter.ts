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
import { streamRows } from '../reading/stream-rows.ts';
import { findOne } from '../unit-of-work.ts';
import { deviceFacts, deviceTestOf, FACT_COLUMNS, isOnPlatform } from './bind-filter-rule.ts';
import { FILTER_PLATFORMS } from './filter-properties.ts';
import { filterOf, type NamedFilter } from './filter-use.ts';

/** The devices that a rule matches, as a report: what the portal shows before a filter is saved. */

/** What is asked. */
interface Evaluation {
  readonly platform: string;
  readonly rule: string;
  readonly top: number;
  readonly skip: number;
  readonly orderBy: readonly string[] | null;
  readonly search: string | null;
}

/** A table of texts, in the form of the product's reports. */
interface Report {
  /** Of all devices that match, whatever page this is. */
  readonly TotalRowCount: number;
  readonly Columns: readonly { readonly Name: string; readonly Type: 'String' }[];
  readonly Values: readonly (readonly string[])[];
}

const COLUMNS = [
  'deviceCategory',
  'cpuArchitecture',
  'deviceId',
  'deviceName',
  'enrollmentProfileName',
  'isRooted',
  'deviceTrustType',
  'manufacturer',
  'model',
  'operatingSystemSKU',
  'osVersion',
  'deviceOwnership',
  'userPrincipalName',
] as const;

type Values = readonly string[];

/** Orders rows by terms such as `model desc`, rows that are equal in them by their place among the devices. @throws invalidValue */
function orderOf(terms: readonly string[]): (a: Values, b: Values) => number {
  const keys = terms.map((term) => {
    const [, name, direction = 'asc'] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/i.exec(term) ?? [];
    const index = COLUMNS.findIndex((column) => column.toLowerCase() === name?.toLowerCase());
    if (index < 0) {
      throw new AppError('invalidValue', `'${term.slice(0, 80)}' is no order. Write one of ${COLUMNS.join(', ')}, then asc or desc.`, {
        target: 'data/orderBy',
      });
    }
    return { index, sign: direction.toLowerCase() === 'desc' ? -1 : 1 };
  });
  return (a, b) => {
    const decisive = keys.find(({ index }) => a[index] !== b[index]);
    return decisive === undefined ? 0 : a[decisive.index]! < b[decisive.index]! ? -decisive.sign : decisive.sign;
  };
}

function valuesOf(device: Row): Values {
  const facts = deviceFacts(device);
  const own: Readonly<Record<string, Row[string] | undefined>> = { deviceId: device.id, userPrincipalName: device.userPrincipalName };
  return COLUMNS.map((column) => String(own[column] ?? facts[column] ?? ''));
}

/** Rows up to the end of the page that is wanted, in order. Never many more of them are held than that. */
class FirstRows {
  rows: Values[] = [];
  total = 0;
  readonly #end: number;
  readonly #order: (a: Values, b: Values) => number;

  constructor(end: number, order: (a: Values, b: Values) => number) {
    this.#end = end;
    this.#order = order;
  }

  add(row: Values): void {
    this.total += 1;
    this.rows.push(row);
    if (this.rows.length > 2 * this.#end + 1000) this.cut();
  }

  cut(): void {
    this.rows = this.rows.sort(this.#order).slice(0, this.#end);
  }
}

/** Reads all managed devices once, and reports those of the platform that the rule matches. @throws invalidValue */
export async function evaluateFilter(reader: Reader, { platform, rule, top, skip, orderBy, search }: Evaluation): Promise<Report> {
  if (FILTER_PLATFORMS[platform]!.entity === 'app') {
    throw new AppError(
      'invalidValue',
      `Filters for ${platform} are about managed apps, of which there are none. Name a platform of devices.`,
      {
        target: 'data/platform',
      },
    );
  }
  const test = deviceTestOf(rule, platform);
  const wanted = (search ?? '').trim().toLowerCase();
  const found = new FirstRows(skip + top, orderOf(orderBy ?? []));
  const properties = ['id', 'userPrincipalName', ...FACT_COLUMNS] as const;
  for await (const device of streamRows(reader, { from: managedDevice, scope: {}, properties })) {
    if (!isOnPlatform(device, platform) || !test(deviceFacts(device))) continue;
    const values = valuesOf(device);
    if (wanted === '' || values.some((value) => value.toLowerCase().includes(wanted))) found.add(values);
  }
  found.cut();
  return {
    TotalRowCount: found.total,
    Columns: COLUMNS.map((Name) => ({ Name, Type: 'String' })),
    Values: found.rows.slice(skip),
  };
}

/** How filters decide about one device, and why: the facts that they looked at. */

/** What is asked; filters are those given, else those that the payload's assignments name. */
interface StatusRequest {
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
