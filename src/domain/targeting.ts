import type { EntityType } from '../edm/declare.ts';
import { findNavigation } from '../edm/link.ts';
import type { Value } from '../edm/primitive.ts';
import { isUuid } from '../lib/ids.ts';
import { group } from '../model/directory.ts';
import { managedDevice, user } from '../model/managed-device.ts';
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

const members = findNavigation(group, 'transitiveMembers')!;

/** A text of each row of a type that is in one of the groups. */
async function textsOf(reader: Reader, groupIds: readonly string[], [from, column]: readonly [EntityType, string]): Promise<Set<string>> {
  const texts = new Set<string>();
  for (const groupId of groupIds) {
    const linked = { navigation: members, source: { groupId } };
    for (const row of await reader.select({ from, scope: {}, linked, orderBy: [], properties: [column] }))
      if (typeof row[column] === 'string') texts.add(row[column]);
  }
  return texts;
}

const populationOf = async (reader: Reader, groupIds: readonly string[]): Promise<Population> => ({
  upns: await textsOf(reader, groupIds, [user, 'userPrincipalName']),
  // A device of the directory has the id of its managed device.
  deviceNames: await textsOf(reader, groupIds, [managedDevice, 'deviceName']),
});

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
