import { afterEach, beforeEach, expect, test } from 'vitest';
import { testChange } from '../../../test/support/test-change.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { FakeClock } from '../../lib/clock.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { group } from '../../model/directory.ts';
import { groupMember } from '../../model/directory-object.ts';
import { hardwareConfigurationAssignment } from '../../model/hardware-configuration.ts';
import { model } from '../../model/index.ts';
import { managedDevice, user } from '../../model/managed-device.ts';
import type { Store } from '../../store/contract.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import { newRow } from '../entity-rules.ts';
import { hardwareFamily } from './families.ts';
import { type TargetedDevice, targetingOf } from './targeting.ts';

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

/** Which of these devices are targeted. */
const reached = (...devices: readonly TargetedDevice[]): Promise<readonly boolean[]> =>
  store.read(tenantId, async (reader) => {
    const { reaches } = await targetingOf(hardwareFamily, reader, policyId);
    return await Promise.all(devices.map(reaches));
  });

const nobody = { deviceName: null, upn: null };

test('without an assignment nothing is targeted', async () => {
  expect(await reached({ deviceName: 'PC-1', upn: 'ada@x.example' })).toEqual([false]);
});

test('all devices are all, all users are those that have a name', async () => {
  await insert([assigned('allLicensedUsersAssignmentTarget')]);
  expect(await reached(nobody, { ...nobody, upn: 'ada@x.example' })).toEqual([false, true]);
  await insert([assigned('allDevicesAssignmentTarget')]);
  expect(await reached(nobody)).toEqual([true]);
});

/** A group, and ids that it holds. */
const groupOf = (id: string, ...members: readonly string[]): readonly (readonly [EntityType, Row])[] => [
  [group, { id, displayName: id }],
  ...members.map((member) => [groupMember, { groupId: id, id: member }] as const),
];

test('a group reaches all of its users, however many, and no other', async () => {
  const people = Array.from({ length: 1201 }, (_, i) => ({ id: uuidV4(), userPrincipalName: `user${i}@x.example` }));
  const id = uuidV4();
  await insert([
    assigned('groupAssignmentTarget', id.toUpperCase()),
    ...people.map((row) => [user, row] as const),
    ...groupOf(id, ...people.map((person) => person.id)),
  ]);
  const found = await reached(...people.map(({ userPrincipalName: upn }) => ({ ...nobody, upn })));
  expect(found.filter((is) => !is)).toEqual([]);
  expect(await reached({ ...nobody, upn: 'user1201@x.example' })).toEqual([false]);
});

test('an exclusion wins over everything, also by the device of a group inside the excluded one', async () => {
  const [outer, inner] = [uuidV4(), uuidV4()];
  const device = { id: uuidV4(), deviceName: 'PC-1' };
  await insert([
    assigned('allDevicesAssignmentTarget'),
    assigned('exclusionGroupAssignmentTarget', outer),
    [managedDevice, device],
    ...groupOf(outer, inner),
    ...groupOf(inner, outer, device.id),
  ]);
  expect(await reached({ ...nobody, deviceName: 'PC-1' }, { ...nobody, deviceName: 'PC-2' })).toEqual([false, true]);
});

test('a group that does not exist, or whose id can be none, reaches nobody', async () => {
  const gone = uuidV4();
  const ada = { id: uuidV4(), userPrincipalName: 'ada@x.example' };
  const [, link] = groupOf(gone, ada.id);
  await insert([assigned('groupAssignmentTarget', gone), assigned('groupAssignmentTarget', 'no-uuid'), [user, ada], link!]);
  expect(await reached({ deviceName: 'PC-1', upn: 'ada@x.example' })).toEqual([false]);
});
