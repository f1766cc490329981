import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EntityType, entityType } from '../../edm/declare.ts';
import { defaultValue } from '../../edm/default-value.ts';
import { shapeOf } from '../../edm/link.ts';
import { SPARSE_COLUMN } from '../../edm/sparse-values.ts';
import { FakeClock } from '../../lib/clock.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { deletedGroup, deletedItem, deletedUser } from '../../model/deleted-item.ts';
import { deviceCompliancePolicy } from '../../model/device-compliance-policy.ts';
import { device, group } from '../../model/directory.ts';
import { directoryObject } from '../../model/directory-object.ts';
import { entity } from '../../model/entity.ts';
import { authorizationCode, deviceSignIn, userPassword, wrongAttempt } from '../../model/internal.ts';
import { managedDevice, user } from '../../model/managed-device.ts';
import { resourceOperation } from '../../model/resource-operation.ts';
import { NO_TENANT } from '../contract.ts';
import { openSqliteStore } from '../sqlite/open.ts';
import { migrations, SCHEMA_VERSION } from './migrations.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-migrations-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const clock = new FakeClock();

/** A type as version 1 had it. */
function before(type: EntityType, added: readonly string[]): EntityType {
  const properties = Object.fromEntries(Object.entries(type.properties).filter(([name]) => !added.includes(name)));
  return entityType(type.name, { audit: false, properties, storage: type.storage! });
}

test('every version but the first has its step', () => {
  expect(migrations.map(({ version }) => version)).toEqual(Array.from({ length: SCHEMA_VERSION - 1 }, (_, i) => i + 2));
});

test('B5 sign-ins that version 1 began go on', async () => {
  const old = [before(deviceSignIn, ['network']), before(wrongAttempt, ['tenantId', 'network'])] as const;
  const first = await openSqliteStore({ folder, clock, types: [...old], schema: { version: 1, migrations: [] } });
  const signIn = { id: 'a', userCode: 'b', tenantId: 't', clientId: 'c', scopes: '{}', expiresAt: 1, interval: 5, polledAt: null };
  await first.write(NO_TENANT, (writer) => writer.insert(old[0], { ...signIn, isDenied: false, userPrincipalName: null }));
  await first.close();
  const next = await openSqliteStore({ folder, clock, types: [deviceSignIn, wrongAttempt], schema: { version: 2, migrations } });
  const rows = await next.read(NO_TENANT, (reader) => reader.select({ from: deviceSignIn, scope: { network: '' }, orderBy: [] }));
  expect(rows).toMatchObject([{ ...signIn, network: '' }]);
  await next.close();
});

test('C4 a database of version 2 gets what sign-in on a page keeps', async () => {
  const old = await openSqliteStore({ folder, clock, types: [deviceSignIn], schema: { version: 2, migrations } });
  await old.close();
  const types = [deviceSignIn, authorizationCode, userPassword];
  const next = await openSqliteStore({ folder, clock, types, schema: { version: 3, migrations } });
  const code = { id: 'a', tenantId: 't', clientId: 'c', content: '{}', expiresAt: 1, network: 'n' };
  await next.write(NO_TENANT, (writer) => writer.insert(authorizationCode, code));
  const tenantId = '10000000-0000-4000-8000-000000000000';
  const password = { id: tenantId, derived: 'scrypt' };
  await next.write(tenantId, (writer) => writer.insert(userPassword, password));
  const read = (from: EntityType) => next.read(tenantId, (reader) => reader.select({ from, scope: {}, orderBy: [] }));
  expect([await read(authorizationCode), await read(userPassword)]).toEqual([[code], [password]]);
  await next.close();
});

const SINCE_4: readonly string[] = [SPARSE_COLUMN, 'managerId', 'uniqueName'];

/** A type as version 3 had it. */
const withoutSparse = (type: EntityType, base: EntityType): EntityType => {
  const properties = Object.entries(type.properties).filter(
    ([name, { facets }]) => !SINCE_4.includes(name) && facets.sparse !== true && facets.unstored !== true,
  );
  const indexes = (type.storage?.indexes ?? []).filter((index) => index.properties.every((name) => !SINCE_4.includes(name)));
  const storage = type.storage === undefined ? {} : { storage: { ...type.storage, indexes } };
  return entityType(type.name, { base, audit: false, properties: Object.fromEntries(properties), ...storage });
};

test('C17 users that version 3 stored have all properties in version 4', async () => {
  const old = withoutSparse(directoryObject, entity);
  const [oldUser, ...others] = [user, group, device].map((type) => withoutSparse(type, old));
  const types = [old, oldUser!, ...others, withoutSparse(managedDevice, entity)];
  const first = await openSqliteStore({ folder, clock, types, schema: { version: 3, migrations: [] } });
  const tenant = uuidV4();
  const defaults = shapeOf(oldUser!).properties.map((property) => [property.name, defaultValue(property)]);
  const row = { ...Object.fromEntries(defaults), id: uuidV4(), displayName: 'A', userPrincipalName: 'a@example.com' };
  await first.write(tenant, (writer) => writer.insert(oldUser!, row));
  await first.close();
  const now = [
    directoryObject,
    user,
    group,
    device,
    managedDevice,
    deviceCompliancePolicy,
    resourceOperation,
    deletedItem,
    deletedUser,
    deletedGroup,
  ];
  const next = await openSqliteStore({
    folder,
    clock,
    types: now,
    schema: { version: 4, migrations },
  });
  const [found] = await next.read(tenant, (reader) => reader.select({ from: user, scope: {}, orderBy: [] }));
  expect(found).toMatchObject({ displayName: 'A', [SPARSE_COLUMN]: null });
  expect(await next.read(tenant, (reader) => reader.count({ from: directoryObject, scope: {} }))).toBe(1);
  for (const from of now) await next.read(tenant, (reader) => reader.select({ from, scope: {}, orderBy: [], limit: 1 }));
  await next.close();
  const again = await openSqliteStore({
    folder,
    clock,
    types: now,
    schema: { version: 4, migrations },
  });
  await again.close();
});
