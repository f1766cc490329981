import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Reader } from '../../store/contract.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { deviceTestOf } from './bind-filter-rule.ts';
import { deviceFacts, FACT_COLUMNS, isOnPlatform } from './device-facts.ts';
import { FILTER_PLATFORMS } from './filter-properties.ts';

/** The devices that a rule matches, as a report: what the portal shows before a filter is saved. */

/** What is asked. */
export interface Evaluation {
  readonly platform: string;
  readonly rule: string;
  readonly top: number;
  readonly skip: number;
  readonly orderBy: readonly string[] | null;
  readonly search: string | null;
}

/** A table of texts, in the form of the product's reports. */
export interface Report {
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
