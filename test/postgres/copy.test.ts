import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, expectStatus, newConfiguration, newScript } from '../../bench/client.ts';
import { seedPolicy } from '../../bench/seed-policy.ts';
import { outcomeOf, spawnProgram } from '../../bench/spawned-server.ts';
import { copyTable, dataSet, tableDigest } from '../../src/domain/doctor/copy-table.ts';
import { pageSize } from '../../src/domain/reading/stream-rows.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { hardwareConfiguration } from '../../src/model/hardware-configuration.ts';
import { model } from '../../src/model/index.ts';
import { type CopyProgress, copyDataSet } from '../../src/server/admin/copy-data-set.ts';
import type { Store } from '../../src/store/contract.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { runServer, type TestServer } from '../support/running-server.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { oddRows } from './copy-rows.ts';

/** Data sets on their way between SQLite and PostgreSQL. */

let work: string;
let database: TestDatabase;
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'muster-copy-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  rmSync(work, { recursive: true });
  await database.drop();
});

const folder = (name: string): string => join(work, name);
const keysOf = (name: string): string => join(folder(name), 'secret-keys.json');
const sqlite = (name: string): Promise<Store> => openSqliteStore({ folder: folder(name), types: model.stored, clock: systemClock });
const postgres = (url = database.url): Promise<Store> =>
  openPostgresStore({ address: { url, pool: 4 }, types: model.stored, clock: systemClock });
const quiet = (): void => undefined;

const TENANT = '0198c0de-0000-7000-8000-0000000000aa';
const everyType: readonly EntityType[] = [...dataSet.ofTenants, ...dataSet.ofNobody];

const digests = (store: Store) =>
  store.read(TENANT, async (reader) => {
    const found: [string, number, string][] = [];
    for (const type of everyType) {
      const { rows, digest } = await tableDigest(type, reader);
      found.push([type.name, rows, digest]);
    }
    return found;
  });

test('rows of every type come back as they went, whatever is in them', async () => {
  const stores = [await sqlite('first'), await postgres(), await sqlite('second')] as const;
  const ROWS = 4;
  await stores[0].write(TENANT, async (writer) => {
    for (const type of everyType) for (const row of oddRows(type, ROWS)) await writer.insert(type, row);
  });
  const before = await digests(stores[0]);
  expect(before.filter(([, rows]) => rows !== ROWS)).toEqual([]);
  for (const [source, target] of [
    [stores[0], stores[1]],
    [stores[1], stores[2]],
  ] as const) {
    for (const type of everyType) await copyTable(type, { source, target, tenantId: TENANT, copied: quiet });
    expect(await digests(target)).toEqual(before);
  }
  const read = (store: Store, from: EntityType) => store.read(TENANT, (reader) => reader.select({ from, scope: {}, orderBy: [] }));
  const byText = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  for (const type of everyType) expect((await read(stores[2], type)).toSorted(byText)).toEqual(oddRows(type, ROWS).toSorted(byText));
  for (const store of stores) await store.close();
});

test('a table of many pages goes over page by page, and goes on behind what is there', async () => {
  const [source, target] = [await sqlite('first'), await postgres()];
  const size = pageSize(hardwareConfiguration);
  const rows = oddRows(hardwareConfiguration, size * 2 + 7);
  await source.write(TENANT, async (writer) => {
    for (const row of rows) await writer.insert(hardwareConfiguration as EntityType, row);
  });
  const pages: number[] = [];
  const stopping = copyTable(hardwareConfiguration, {
    source,
    target,
    tenantId: TENANT,
    copied: () => {
      throw new Error('stopped');
    },
  });
  await expect(stopping).rejects.toThrow('stopped');
  await copyTable(hardwareConfiguration, { source, target, tenantId: TENANT, copied: (count) => pages.push(count) });
  expect(pages).toEqual([size, 7]);
  const of = (store: Store) => store.read(TENANT, (reader) => tableDigest(hardwareConfiguration, reader));
  expect(await of(target)).toEqual(await of(source));
  await Promise.all([source.close(), target.close()]);
});

describe('an installation', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await runServer({ data: folder('first'), sample: 'yes' });
  });
  afterEach(() => server.stop());

  /** Some of everything that is counted, sealed, numbered or remembered, in two tenants. */
  async function fill() {
    const client = createClient(server.url, server.token);
    const { id } = await expectStatus(201, client('POST', 'hardwareConfigurations', newConfiguration('Copied')));
    const { id: script } = await expectStatus(201, client('POST', 'deviceManagementScripts', newScript('Copied')));
    for (let i = 0; i < 30; i++) {
      const configurationState = i % 3 === 0 ? 'fail' : 'success';
      const upn = i % 5 === 0 ? null : `U${i % 7}@x.example`;
      await expectStatus(201, client('POST', `hardwareConfigurations/${id}/deviceRunStates`, { upn, configurationState }));
    }
    await expectStatus(201, client('POST', `hardwareConfigurations/${id}/userRunStates`, { upn: 'u1@x.example', failedDeviceCount: 9 }));
    await expectStatus(201, client('POST', `deviceManagementScripts/${script}/userRunStates`, { userPrincipalName: 'a@x.example' }));
    await expectStatus(201, client('POST', 'roleScopeTags', { displayName: 'Numbered' }));
    const password = { serialNumber: 'SN-1', currentPassword: 'open sesame', previousPasswords: ['older'] };
    const secret = await expectStatus(201, client('POST', 'hardwarePasswordDetails', password));
    await server.stop();
    const store = await sqlite('first');
    await seedPolicy(store, TENANT, { policyId: TENANT, rows: 50 });
    await store.close();
    return { summary: `hardwareConfigurations/${id}/runSummary`, secret: `hardwarePasswordDetails/${secret.id}` };
  }

  test('moves to PostgreSQL and back, with its clients, keys and counters', async () => {
    const { summary, secret } = await fill();
    const there = await copyDataSet({ from: folder('first'), to: database.url, secretKeys: undefined, report: quiet });
    expect(there).toMatchObject({ tenants: 2, resumed: false });
    expect(there.types).toMatchObject({ hardwareConfigurationDeviceState: 80, hardwarePasswordDetail: 1, sequence: 1 });

    const moved = await runServer({ data: folder('empty'), database: database.url, secretKeys: keysOf('first') });
    const client = createClient(moved.url, moved.token);
    expect([moved.tenantId, moved.clientId]).toEqual([server.tenantId, server.clientId]);
    expect(await expectStatus(200, client('GET', secret))).toMatchObject({
      currentPassword: 'open sesame',
      previousPasswords: ['older'],
    });
    const counted = { successfulDeviceCount: 16, failedDeviceCount: 10 + 9 };
    expect(await expectStatus(200, client('GET', summary))).toMatchObject(counted);
    // Slots are filled, and must arrive folded.
    const states = summary.replace('runSummary', 'deviceRunStates');
    await Promise.all(Array.from({ length: 20 }, () => expectStatus(201, client('POST', states, { configurationState: 'pending' }))));
    await expectStatus(201, client('POST', 'roleScopeTags', { displayName: 'Numbered on' }));
    await moved.stop();

    const back = await copyDataSet({ from: database.url, to: folder('second'), secretKeys: keysOf('first'), report: quiet });
    expect(back.types.hardwareConfigurationDeviceState).toBe(100);
    expect(readdirSync(folder('second')).sort()).toEqual(['instance.json', 'issuer-keys.json', 'muster.lock', 'muster.sqlite']);
    const returned = await runServer({ data: folder('second'), secretKeys: keysOf('first') });
    const last = createClient(returned.url, returned.token);
    expect(await expectStatus(200, last('GET', summary))).toMatchObject({ ...counted, pendingDeviceCount: 20 });
    expect(await expectStatus(200, last('GET', secret))).toMatchObject({ currentPassword: 'open sesame' });
    expect((await expectStatus(201, last('POST', 'roleScopeTags', { displayName: 'Numbered last' }))).id).toBe('3');
    expect(returned.clientId).toBe(server.clientId);
    await returned.stop();
  });

  test('is not copied onto another, nor from beside a server, nor from folder to folder', async () => {
    const refused = (from: string, to: string) => expect(copyDataSet({ from, to, secretKeys: undefined, report: quiet })).rejects;
    await refused(folder('first'), database.url).toMatchObject({ code: 'dataFolderInUse' });
    await server.stop();
    await refused(folder('first'), folder('second')).toMatchObject({
      code: 'invalidConfiguration',
      message: expect.stringContaining('muster backup'),
    });
    await refused(folder('none'), database.url).toMatchObject({ code: 'storeUnavailable' });
    await refused(database.url, folder('first')).toMatchObject({
      code: 'invalidConfiguration',
      message: expect.stringContaining('--secret-keys'),
    });
    await copyDataSet({ from: folder('first'), to: database.url, secretKeys: undefined, report: quiet });
    await refused(folder('first'), database.url).toMatchObject({
      code: 'invalidConfiguration',
      message: expect.stringContaining('holds data'),
    });
    await expect(
      copyDataSet({ from: database.url, to: folder('first'), secretKeys: keysOf('first'), report: quiet }),
    ).rejects.toMatchObject({
      code: 'invalidConfiguration',
      message: expect.stringContaining('not empty'),
    });
    expect(existsSync(folder('none'))).toBe(false);
  });

  test('is found to differ when somebody writes meanwhile, and to be out of order when it is', async () => {
    await server.stop();
    const other = await postgres();
    await other.close();
    const meddle = async ({ phase }: CopyProgress): Promise<void> => {
      if (phase === 'copying') await database.query(`UPDATE "hardwareConfiguration" SET version = version + 1`);
    };
    const meddling: Promise<void>[] = [];
    const copying = copyDataSet({
      from: folder('first'),
      to: database.url,
      secretKeys: undefined,
      report: (progress) => {
        meddling.push(meddle(progress));
      },
    });
    await expect(copying).rejects.toMatchObject({ code: 'corruptStore', message: expect.stringContaining('hardwareConfiguration') });
    expect((await Promise.all(meddling)).length).toBeGreaterThan(0);
  });

  test('that was copied in part starts no server, and is completed by the same command', { timeout: 120_000 }, async () => {
    await server.stop();
    const store = await sqlite('first');
    await seedPolicy(store, TENANT, { policyId: TENANT, rows: 6_000 });
    await store.close();
    const program = ['src/main.ts', 'copy', '--from', folder('first'), '--to', database.url, '--json'];
    const child = spawnProgram({ program, log: join(work, 'log') });
    const stored = async (): Promise<number> =>
      Number((await database.query(`SELECT count(*) FROM "hardwareConfigurationDeviceState"`).catch(() => [{ count: 0 }]))[0]!.count);
    while ((await stored()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await stored()).toBeLessThan(6_000);

    await expect(runServer({ data: folder('empty'), database: database.url, secretKeys: keysOf('first') })).rejects.toMatchObject({
      code: 'storeUnavailable',
      message: expect.stringContaining('has not ended'),
    });
    const { code, printed } = await outcomeOf({ program, log: join(work, 'log') });
    expect([code, JSON.parse(printed)]).toMatchObject([0, { resumed: true, types: { hardwareConfigurationDeviceState: 6_000 } }]);
    const moved = await runServer({ data: folder('empty'), database: database.url, secretKeys: keysOf('first') });
    await moved.stop();
  });
});
