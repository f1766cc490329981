import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import { FakeClock } from '../lib/clock.ts';
import { uuidV4 } from '../lib/ids.ts';
import { groupMember, user } from '../model/directory.ts';
import { hardwareConfigurationAssignment } from '../model/hardware-configuration.ts';
import { model } from '../model/index.ts';
import { managedDevice } from '../model/managed-device.ts';
import type { Store } from '../store/contract.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import { testChange } from '../testing/test-change.ts';
import { newRow } from './entity-rules.ts';
import { hardwareFamily } from './policy-family.ts';
import { type Targeting, targetingOf } from './targeting.ts';

const clock = new FakeClock();
const tenantId = uuidV4();
const policyId = uuidV4();
let store: Store;

beforeEach(async () => {
  store = await openSqliteStore({ folder: ':memory:', types: model.stored, clock });
});
afterEach(() => store.close());

const insert = (rows: readonly (readonly [EntityType, Row])[]): Promise<void> =>
  store.write(tenantId, async (writer) => {
    for (const [type, values] of rows) await writer.insert(type, newRow(type, testChange(writer), values));
  });

/** Rows of an assignment of this kind. */
const assigned = (kind: string, groupId?: string): readonly [EntityType, Row] => {
  const target = { '@odata.type': `#microsoft.graph.${kind}`, ...(groupId === undefined ? {} : { groupId }) };
  return [hardwareConfigurationAssignment, { id: `${policyId}:${groupId ?? kind}`, policyId, target }];
};

const member = (groupId: string, id: string, memberKind: string): readonly [EntityType, Row] => [groupMember, { groupId, id, memberKind }];

const targeting = (): Promise<Targeting> => store.read(tenantId, (reader) => targetingOf(hardwareFamily, reader, policyId));

const nobody = { deviceName: null, upn: null };

test('without an assignment nothing is targeted', async () => {
  expect((await targeting()).reaches({ deviceName: 'PC-1', upn: 'ada@x.example' })).toBe(false);
});

test('all devices are all, all users are those that have a name', async () => {
  await insert([assigned('allLicensedUsersAssignmentTarget')]);
  const users = await targeting();
  expect([users.reaches(nobody), users.reaches({ ...nobody, upn: 'ada@x.example' })]).toEqual([false, true]);
  await insert([assigned('allDevicesAssignmentTarget')]);
  expect((await targeting()).reaches(nobody)).toBe(true);
});

test('groups larger than one query asks for are read in full', async () => {
  const group = uuidV4();
  const people = Array.from({ length: 1201 }, (_, i) => ({ id: uuidV4(), userPrincipalName: `user${i}@x.example` }));
  await insert([
    assigned('groupAssignmentTarget', group),
    ...people.flatMap((row) => [[user, row] as const, member(group, row.id, 'user')]),
  ]);
  const { reaches } = await targeting();
  expect(people.filter(({ userPrincipalName: upn }) => !reaches({ ...nobody, upn }))).toEqual([]);
  expect(reaches({ ...nobody, upn: 'user1201@x.example' })).toBe(false);
});

test('an exclusion wins over everything, also by the device of a group inside the excluded one', async () => {
  const [outer, inner] = [uuidV4(), uuidV4()];
  const device = { id: uuidV4(), deviceName: 'PC-1' };
  await insert([
    assigned('allDevicesAssignmentTarget'),
    assigned('exclusionGroupAssignmentTarget', outer),
    member(outer, inner, 'group'),
    member(inner, outer, 'group'),
    [managedDevice, device],
    member(inner, device.id, 'managedDevice'),
  ]);
  const { reaches } = await targeting();
  expect([reaches({ ...nobody, deviceName: 'PC-1' }), reaches({ ...nobody, deviceName: 'PC-2' })]).toEqual([false, true]);
});

test('a group that does not exist, or whose id can be none, reaches nobody', async () => {
  await insert([assigned('groupAssignmentTarget', uuidV4()), assigned('groupAssignmentTarget', 'no-uuid')]);
  expect((await targeting()).reaches({ deviceName: 'PC-1', upn: 'ada@x.example' })).toBe(false);
});
