import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** A database that takes no writes for a while, as an old primary after a failover, or one whose disk is nearly full. */

const POLICIES = 'deviceManagement/hardwareConfigurations';
const policy = { displayName: 'p', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };

let postgres: PostgresServer;
let fleet: Fleet;
let server: Spawned;
beforeAll(async () => {
  postgres = await startPostgres();
  fleet = createFleet(postgres.url());
  server = await fleet.start();
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await postgres?.stop();
});

async function query(...texts: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const text of texts) rows = (await client.query(text)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
const setReadOnly = (value: 'on' | 'off') =>
  query(
    'SET default_transaction_read_only = off',
    `ALTER SYSTEM SET default_transaction_read_only = ${value}`,
    'SELECT pg_reload_conf()',
    'SELECT pg_sleep(0.3)',
  );

const ready = async (): Promise<{ status: number; body: string }> => {
  const response = await fetch(`${server.url}/readyz`);
  return { status: response.status, body: await response.text() };
};

test('B3 a database that takes no writes is said to be read-only, once in the log, and connections to it are few', {
  timeout: 180_000,
}, async () => {
  const { id } = (await server.request('POST', POLICIES, { body: policy })).body;
  const logged = server.log().length;
  await setReadOnly('on');
  const [before] = await query('SELECT sessions::int AS n FROM pg_stat_database WHERE datname = current_database()');
  let refused = 0;
  const until = performance.now() + 3000;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (performance.now() < until) {
        const { status, body, headers } = await server.request('POST', POLICIES, { body: policy });
        expect([status, body.error.code, headers.get('retry-after')]).toEqual([503, 'ServiceUnavailable', '1']);
        expect(body.error.message).toMatch(/read-only/);
        refused++;
      }
    }),
  );
  expect(refused).toBeGreaterThan(20);
  expect(await ready()).toMatchObject({ status: 503, body: expect.stringContaining('read-only') });
  expect((await server.request('GET', `${POLICIES}/${id}`)).status).toBe(200);
  await sleep(500); // statistics of sessions are written when these end
  const [after] = await query('SELECT sessions::int AS n FROM pg_stat_database WHERE datname = current_database()');
  expect((after!.n as number) - (before!.n as number)).toBeLessThan(40);
  const lines = server.log().slice(logged);
  expect(lines.filter((line) => line.includes('accepts no writes'))).toHaveLength(1);
  expect(lines.length).toBeLessThan(5);

  await setReadOnly('off');
  while ((await ready()).status !== 200) await sleep(50);
  expect((await server.request('POST', POLICIES, { body: policy })).status).toBe(201);
});

test('B3 writes go on without anybody asking whether it is ready', { timeout: 120_000 }, async () => {
  await setReadOnly('on');
  expect((await server.request('POST', POLICIES, { body: policy })).status).toBe(503);
  await setReadOnly('off');
  await sleep(1100);
  expect((await server.request('POST', POLICIES, { body: policy })).status).toBe(201);
});

test('B3 a server does not start on a database that takes no writes, and says why; doctor reads it', { timeout: 120_000 }, async () => {
  await setReadOnly('on');
  try {
    await expect(fleet.start()).rejects.toThrow(/read-only/);
    expect((await fleet.run('doctor', '--json')).code).toBe(0);
  } finally {
    await setReadOnly('off');
  }
});
