import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../src/lib/clock.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { citusDatabase } from '../support/citus-database.ts';
import { startInProcessApi } from '../support/in-process-api.ts';

/** A database that is used on one machine first, and is distributed later with what it holds. */

let url: string;
let client: pg.Client;
beforeAll(async () => {
  url = (await citusDatabase()).url;
  client = new pg.Client({ connectionString: url });
  await client.connect();
});
afterAll(() => client?.end());

const clock = new FakeClock(Date.UTC(2026, 5, 1, 12));

async function open(citus: boolean) {
  let unused = 0;
  const observer = { citusUnused: () => unused++ };
  const store = await openPostgresStore({ address: { url }, types: model.stored, clock, citus, observer });
  return { store, unused: () => unused };
}

const distributed = async () =>
  (await client.query('SELECT logicalrelid::text AS name, partmethod AS how, colocationid AS together FROM pg_dist_partition')).rows as {
    readonly name: string;
    readonly how: string;
    readonly together: number;
  }[];

test('an upgrade distributes every table with its rows, and changes nothing when it is asked again', async () => {
  const tenantId = uuidV4();
  const policy = { displayName: 'kept', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };
  const plain = await open(false);
  expect(plain.unused()).toBe(1);
  expect(await distributed()).toEqual([]);
  const before = await startInProcessApi({ store: plain.store, tenantId });
  const { id } = (await before.request('POST', 'deviceManagement/hardwareConfigurations', { body: policy })).body;
  await before.close();

  const first = await open(true);
  expect(first.unused()).toBe(0);
  const tables = await distributed();
  const reference = tables.filter(({ how }) => how === 'n').map(({ name }) => name);
  expect(reference.sort()).toEqual(['"deviceSignIn"', '"keyHolder"', '"pendingWork"', '"wrongAttempt"', 'instance', 'tenant']);
  const others = tables.filter(({ how }) => how === 'h');
  expect(others.length).toBeGreaterThan(40);
  expect(new Set(others.map(({ together }) => together)).size).toBe(1);
  const after = await startInProcessApi({ store: first.store, tenantId });
  expect((await after.request('GET', `deviceManagement/hardwareConfigurations/${id}`)).body.displayName).toBe('kept');
  await after.close();

  const again = await open(true);
  expect(await distributed()).toEqual(tables);
  await again.store.close();
  const without = await open(false); // the tables say it
  expect(without.unused()).toBe(0);
  await without.store.close();
});
