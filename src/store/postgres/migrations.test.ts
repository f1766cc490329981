import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { type EntityType, entityType } from '../../edm/declare.ts';
import { systemClock } from '../../lib/clock.ts';
import { authorizationCode, deviceSignIn, userPassword, wrongAttempt } from '../../model/internal.ts';
import { NO_TENANT, type Store } from '../contract.ts';
import type { SchemaTarget } from '../schema/migrate.ts';
import { migrations } from '../schema/migrations.ts';
import { openPostgresStore } from './open.ts';

let database: TestDatabase;
const open: Store[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((store) => store.close()));
  await database.drop();
});

async function opened(types: EntityType[], schema: Pick<SchemaTarget, 'version' | 'migrations'>): Promise<Store> {
  const store = await openPostgresStore({ address: { url: database.url, pool: 4 }, types, clock: systemClock, schema });
  open.push(store);
  return store;
}

/** A type without the columns that a version added. */
function before(type: EntityType, added: readonly string[]): EntityType {
  const properties = Object.fromEntries(Object.entries(type.properties).filter(([name]) => !added.includes(name)));
  return entityType(type.name, { audit: false, properties, storage: type.storage! });
}

it('B5 servers of version 1 go on beginning sign-ins beside those of version 2', async () => {
  const [signIn, attempt] = [before(deviceSignIn, ['network']), before(wrongAttempt, ['tenantId', 'network'])];
  const old = await opened([signIn, attempt], { version: 1, migrations: [] });
  const row = { userCode: 'b', tenantId: 't', clientId: 'c', scopes: '{}', expiresAt: 1, interval: 5, polledAt: null };
  const begin = (id: string) =>
    old.write(NO_TENANT, (writer) => writer.insert(signIn, { ...row, id, isDenied: false, userPrincipalName: null }));
  await begin('a');
  const next = await opened([deviceSignIn, wrongAttempt], { version: 2, migrations });
  await begin('b');
  expect(await next.read(NO_TENANT, (reader) => reader.count({ from: deviceSignIn, scope: { network: '' } }))).toBe(2);
});

it('C4 servers of version 2 go on beside those that keep what sign-in on a page needs', async () => {
  const old = await opened([deviceSignIn], { version: 2, migrations });
  const next = await opened([deviceSignIn, authorizationCode, userPassword], { version: 3, migrations });
  const code = { id: 'a', tenantId: 't', clientId: 'c', content: '{}', expiresAt: 1, network: 'n' };
  await next.write(NO_TENANT, (writer) => writer.insert(authorizationCode, code));
  const tenantId = '10000000-0000-4000-8000-000000000000';
  const password = { id: tenantId, derived: 'scrypt' };
  await next.write(tenantId, (writer) => writer.insert(userPassword, password));
  const read = (from: EntityType) => next.read(tenantId, (reader) => reader.select({ from, scope: {}, orderBy: [] }));
  expect([await read(authorizationCode), await read(userPassword)]).toEqual([[code], [password]]);
  expect(await old.read(NO_TENANT, (reader) => reader.count({ from: deviceSignIn, scope: {} }))).toBe(0);
});
