import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient, expectStatus, newConfiguration } from '../../bench/client.ts';
import { outcomeOf, serveProgram, spawnServer, tokenOf } from '../../bench/spawned-server.ts';
import { copyDataFolder } from '../../src/server/admin/copy-data-folder.ts';
import { runServer } from '../support/running-server.ts';

/** Backups of a server that goes on writing, and servers on what was restored. */

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'muster-backup-'));
});
afterEach(() => rmSync(work, { recursive: true }));

const muster = (...args: readonly string[]) => outcomeOf({ program: ['src/main.ts', ...args], log: join(work, 'stderr.log') });
const errors = (): string => readFileSync(join(work, 'stderr.log'), 'utf8');
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('a backup under ingest holds every write acknowledged before it, and a server on it goes on', { timeout: 120_000 }, async () => {
  const [data, backup, restored] = ['data', 'backups/first', 'restored'].map((name) => join(work, name)) as [string, string, string];
  await using server = await spawnServer({ program: serveProgram(data), log: join(work, 'server.log') });
  const token = await tokenOf(data);
  const client = createClient(server.url, token);
  const { id } = await expectStatus(201, client('POST', 'hardwareConfigurations', newConfiguration('Busy')));
  const states = `hardwareConfigurations/${id}/deviceRunStates`;
  const secret = await expectStatus(
    201,
    client('POST', 'hardwarePasswordDetails', { serialNumber: 'SN-1', currentPassword: 'open sesame', previousPasswords: [] }),
  );

  const acknowledged: string[] = [];
  let over = false;
  const writer = async (): Promise<void> => {
    for (let i = 0; !over; i++) {
      const { id: state } = await expectStatus(201, client('POST', states, { upn: `u${i % 9}@x.example`, configurationState: 'fail' }));
      acknowledged.push(state as string);
    }
  };
  const writers = Promise.all(Array.from({ length: 8 }, writer));
  while (acknowledged.length < 100) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = acknowledged.slice();
  const made = await muster('backup', '--data', data, '--to', backup);
  const during = acknowledged.length - before.length;
  over = true;
  await writers;
  await server.stop();
  expect([made.code, errors()]).toEqual([0, '']);
  expect(during).toBeGreaterThan(0);

  expect(readdirSync(join(work, 'backups'))).toEqual(['first']);
  expect(readdirSync(backup).sort()).toEqual(['instance.json', 'issuer-keys.json', 'muster.sqlite', 'sample.json', 'secret-keys.json']);
  expect(modeOf(backup)).toBe('700');
  for (const name of readdirSync(backup)) expect([name, modeOf(join(backup, name))]).toEqual([name, '600']);

  for (const name of readdirSync(backup)) chmodSync(join(backup, name), 0o400);
  expect((await muster('restore', '--from', backup, '--data', restored)).code).toBe(0);
  expect((await muster('doctor', '--data', restored)).printed).toContain('0 problems');
  await using again = await spawnServer({ program: serveProgram(restored), log: join(work, 'server.log') });
  const reader = createClient(again.url, token);
  const found = new Set<unknown>();
  for (let path: string | undefined = `${states}?$top=1000&$select=id`; path !== undefined; ) {
    const page: Readonly<Record<string, unknown>> = await expectStatus(200, reader('GET', path));
    for (const row of page.value as readonly { id: string }[]) found.add(row.id);
    path = (page['@odata.nextLink'] as string | undefined)?.split('/deviceManagement/')[1];
  }
  expect(before.filter((state) => !found.has(state))).toEqual([]);
  expect(await expectStatus(200, reader('GET', `hardwarePasswordDetails/${secret.id}`))).toMatchObject({ currentPassword: 'open sesame' });
  await expectStatus(201, reader('POST', states, {}));
  await again.stop();
});

describe('a copy that is not good', () => {
  const data = () => join(work, 'data');
  const database = (): DatabaseSync => new DatabaseSync(join(data(), 'muster.sqlite'));

  beforeEach(async () => {
    const server = await runServer({ data: data(), sample: 'yes' });
    await server.stop();
  });

  const copy = () => copyDataFolder({ from: data(), to: join(work, 'backup'), secretKeys: undefined });

  /** Nothing was made, and nothing is left over. */
  const nothingMade = () => expect(readdirSync(work).filter((name) => name.includes('backup'))).toEqual([]);

  test('has counters that are wrong', async () => {
    const file = database();
    file.exec('UPDATE hardwareConfigurationRunSummary SET failedDeviceCount = 77');
    file.close();
    await expect(copy()).rejects.toMatchObject({ code: 'corruptStore', message: expect.stringContaining('failedDeviceCount is 77') });
    nothingMade();
  });

  test('has damaged pages', async () => {
    const path = join(data(), 'muster.sqlite');
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 * 30, 4096 * 60);
    writeFileSync(path, bytes);
    await expect(copy()).rejects.toMatchObject({ code: 'corruptStore' });
    nothingMade();
  });

  test('has a target that is in use', async () => {
    await copy();
    await expect(copy()).rejects.toMatchObject({ code: 'invalidConfiguration', message: expect.stringContaining('not empty') });
  });

  test('has no source', async () => {
    rmSync(join(data(), 'muster.sqlite'));
    await expect(copy()).rejects.toMatchObject({ code: 'storeUnavailable' });
    nothingMade();
    expect(existsSync(join(data(), 'muster.sqlite'))).toBe(false);
  });
});
