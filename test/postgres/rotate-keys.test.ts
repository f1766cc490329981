import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyIdOf } from '../../src/domain/secrets/vault.ts';
import { rotateKeys } from '../../src/server/admin/rotate-keys.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** A new secret key for a database that servers share. */

const DETAILS = 'deviceManagement/hardwarePasswordDetails';

let database: TestDatabase;
let fleet: Fleet;
beforeEach(async () => {
  database = await createTestDatabase('model');
  fleet = createFleet(database.url);
}, 120_000);
afterEach(async () => {
  await fleet?.stop();
  await database?.drop();
});

const keysIn = (file: string): string[] => JSON.parse(readFileSync(file, 'utf8')).keys;
const idsIn = (file: string): string[] => keysIn(file).map((key) => keyIdOf(Buffer.from(key, 'base64')));
/** The names of all keys that something in the database is encrypted with. */
const keysUsed = async (): Promise<readonly unknown[]> => {
  const sealed = `SELECT "currentPassword" AS s FROM "hardwarePasswordDetail" UNION ALL SELECT "currentPassword" FROM "hardwarePasswordInfo"
    UNION ALL SELECT content FROM instance`;
  const rows = await database.query(`SELECT DISTINCT split_part(s, ':', 2) AS key FROM (${sealed}) AS all_of_them WHERE s IS NOT NULL`);
  return rows.map(({ key }) => key);
};

let serial = 0;
const add = async (server: Spawned): Promise<string> => {
  const body = { serialNumber: `SN-${++serial}`, currentPassword: `secret ${serial}`, previousPasswords: [] };
  const answer = await server.request('POST', DETAILS, { body });
  expect([answer.status, answer.body.currentPassword]).toEqual([201, body.currentPassword]);
  return answer.body.id;
};
const read = async (server: Spawned, id: string): Promise<unknown> => {
  const answer = await server.request('GET', `${DETAILS}/${id}`);
  return answer.status === 200 ? answer.body.currentPassword : answer;
};
const doctor = async () => (await fleet.run('doctor', '--json')).output.trim().split('\n').at(-1);
const LEASE_MS = 3000;
const rotateHere = () => rotateKeys({ data: tmpdir(), database: database.url, secretKeys: fleet.keys }, LEASE_MS);

test('is taken by servers while they work: nothing is unreadable at any time, and nothing needs the old key then', async () => {
  const servers = await Promise.all([fleet.start(), fleet.start()]);
  const first = await add(servers[0]!);
  const [old] = idsIn(fleet.keys);
  const former = `${fleet.keys}.former`;
  copyFileSync(fleet.keys, former);
  let [over, reads] = [false, 0];
  const work = servers.map(async (server, i) => {
    for (const ids = [first]; !over; ids.push(await add(server))) {
      for (const id of ids.slice(-3)) expect(await read(servers[1 - i]!, id)).toMatch(/^secret \d+$/);
      reads += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const done = await fleet.run('rotate-keys');
  over = true;
  await Promise.all(work);
  expect(reads).toBeGreaterThan(10);
  expect(done).toEqual({ code: 0, output: expect.stringMatching(/^Rows encrypted with the new key: [1-9]\d*\. Old keys removed: 1\.\n$/) });
  const fresh = idsIn(fleet.keys);
  expect([fresh.length, fresh[0] === old]).toEqual([1, false]);
  expect(await keysUsed()).toEqual(fresh);
  expect(readdirSync(dirname(fleet.keys)).filter((name) => name.endsWith('.next'))).toEqual([]);
  expect(await doctor()).toBe('{"tenants":1,"problems":0}');
  await expect(fleet.start(['--secret-keys', former])).rejects.toThrow(/--secret-keys/);
  const late = await fleet.start();
  expect(await read(late, first)).toBe('secret 1');
});

test('is not used before every server has it: one with a file of its own is waited for, then named', async () => {
  const own = `${fleet.keys}.own`;
  copyFileSync(fleet.keys, own);
  const servers = await Promise.all([fleet.start(), fleet.start(['--secret-keys', own])]);
  const id = await add(servers[0]!);
  const before = idsIn(fleet.keys);
  const refused = await fleet.run('rotate-keys');
  expect(refused.code).toBe(1);
  expect(refused.output).toMatch(/^muster: .*Copy .*keys\.json to them.*Behind are: \S+ \(process \d+\)\.\n$/);
  const ready = idsIn(fleet.keys);
  expect(ready).toEqual([expect.any(String), ...before]);
  const more = await add(servers[0]!); // has the new key by now
  expect(await keysUsed()).toEqual(before);
  expect(await read(servers[1]!, more)).toMatch(/^secret/);

  copyFileSync(fleet.keys, own);
  expect(await fleet.run('rotate-keys')).toMatchObject({ code: 0, output: expect.stringContaining('Old keys removed: 1.') });
  expect(idsIn(fleet.keys)).toEqual(ready.slice(0, 1));
  await add(servers[1]!);
  expect(await keysUsed()).toEqual(ready.slice(0, 1));
  for (const server of servers) expect(await read(server, id)).toMatch(/^secret/);
});

test('A5 may be begun again, or twice at once, and waits for no server that is gone, however far ahead its clock was', async () => {
  const server = await fleet.start();
  const id = await add(server);
  await server.stop();
  const [old] = idsIn(fleet.keys);
  const [row] = await database.query('SELECT "currentPassword" AS s FROM "hardwarePasswordDetail"');
  await database.query(`UPDATE "hardwarePasswordDetail" SET "currentPassword" = 'v1:0123456789abcdef:AAAA'`);
  await expect(rotateHere()).rejects.toMatchObject({ code: 'secretUnreadable' });
  const half = idsIn(fleet.keys);
  expect(half).toEqual([expect.any(String), old]);
  await database.query(`UPDATE "hardwarePasswordDetail" SET "currentPassword" = '${row!.s}'`);
  // Its clock is an hour ahead.
  await database.query(
    `INSERT INTO "keyHolder" (id, name, keys, "sealsWith", "aliveUntil") VALUES (gen_random_uuid(), 'gone', '[]', '', ${Date.now() + 3_600_000})`,
  );
  const started = Date.now();
  const both = await Promise.all([rotateHere(), rotateHere()]);
  expect(Date.now() - started).toBeGreaterThan(2000);
  expect(both[0].rows + both[1].rows).toBe(1); // the other one was encrypted before the failure
  expect(idsIn(fleet.keys)).toEqual(half.slice(0, 1));
  expect(await keysUsed()).toEqual(half.slice(0, 1));
  const again = await fleet.start();
  expect(await read(again, id)).toMatch(/^secret/);
});

test('is refused with keys that are not those of the database, or where no server has been, and changes no file then', async () => {
  await expect(rotateHere()).rejects.toMatchObject({ code: 'invalidConfiguration' });
  await (await fleet.start()).stop();
  const folder = mkdtempSync(join(tmpdir(), 'muster-keys-'));
  await expect(rotateKeys({ data: folder, database: database.url, secretKeys: undefined })).rejects.toMatchObject({
    code: 'invalidConfiguration',
  });
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
  expect(readdirSync(dirname(fleet.keys)).filter((name) => name.includes('keys'))).toEqual(['keys.json']);
});
