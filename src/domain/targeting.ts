import type { Row, Value } from '../edm/primitive.ts';
import { isUuid } from '../lib/ids.ts';
import { groupMember, user } from '../model/directory.ts';
import { managedDevice } from '../model/managed-device.ts';
import type { Reader } from '../store/contract.ts';
import type { PolicyFamily } from './policy-family.ts';

/** Whom a policy's assignments reach. Exclusions win. Assignment filters are not evaluated here. */
export interface Targeting {
  /** Whether the device with this name and user is targeted. */
  reaches(device: { readonly deviceName: string | null; readonly upn: string | null }): boolean;
}

/** Users and devices that groups hold, also through groups inside groups. */
interface Population {
  readonly upns: Set<string>;
  readonly deviceNames: Set<string>;
}

/** How many ids one query asks for. */
const CHUNK = 500;

/** Reads the rows of a type whose `column` has one of `values`. */
export async function readMany(
  reader: Reader,
  from: Parameters<Reader['count']>[0]['from'],
  [column, values]: readonly [string, readonly string[]],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let i = 0; i < values.length; i += CHUNK) {
    rows.push(...(await reader.select({ from, scope: { [column]: values.slice(i, i + CHUNK) }, orderBy: [] })));
  }
  return rows;
}

/** The ids of the users and devices that groups hold, also through groups inside groups. */
export async function membersBelow(
  reader: Reader,
  groupIds: readonly string[],
): Promise<Readonly<Record<'user' | 'managedDevice', readonly string[]>>> {
  const seen = new Set(groupIds);
  const members = { user: [] as string[], managedDevice: [] as string[] };
  for (let level = [...seen]; level.length > 0; ) {
    const next: string[] = [];
    for (const row of await readMany(reader, groupMember, ['groupId', level])) {
      const id = row.id as string;
      if (row.memberKind !== 'group') members[row.memberKind as keyof typeof members].push(id);
      else if (!seen.has(id)) {
        seen.add(id);
        next.push(id);
      }
    }
    level = next;
  }
  return members;
}

async function populationOf(reader: Reader, groupIds: readonly string[]): Promise<Population> {
  const members = await membersBelow(reader, groupIds);
  const names = (rows: readonly Row[], column: string): Set<string> =>
    new Set(rows.map((row) => row[column]).filter((v): v is string => typeof v === 'string'));
  return {
    upns: names(await readMany(reader, user, ['id', members.user]), 'userPrincipalName'),
    deviceNames: names(await readMany(reader, managedDevice, ['id', members.managedDevice]), 'deviceName'),
  };
}

/** Reads a policy's assignments and resolves their groups. */
export async function targetingOf(family: PolicyFamily, reader: Reader, policyId: string): Promise<Targeting> {
  const rows = await reader.select({ from: family.assignment, scope: { policyId }, orderBy: [] });
  const targets = rows.map((row) => row.target as Readonly<Record<string, Value>>);
  const ofType = (name: string) => targets.filter((target) => target['@odata.type'] === `#microsoft.graph.${name}`);
  // An id that is no UUID names no group, and a uuid column may refuse it.
  const groups = (name: string) =>
    ofType(name)
      .map((target) => target.groupId as string)
      .filter(isUuid);
  const included = await populationOf(reader, groups('groupAssignmentTarget'));
  const excluded = await populationOf(reader, groups('exclusionGroupAssignmentTarget'));
  const allDevices = ofType('allDevicesAssignmentTarget').length > 0;
  const allUsers = ofType('allLicensedUsersAssignmentTarget').length > 0;
  const within = ({ upns, deviceNames }: Population, deviceName: string | null, upn: string | null): boolean =>
    (upn !== null && upns.has(upn)) || (deviceName !== null && deviceNames.has(deviceName));
  return {
    reaches: ({ deviceName, upn }) =>
      (allDevices || (allUsers && upn !== null) || within(included, deviceName, upn)) && !within(excluded, deviceName, upn),
  };
}
