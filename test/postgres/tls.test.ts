import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { Store } from '../../src/store/contract.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import { CARELESS, type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { conformanceTypes, group } from '../support/store-conformance-model.ts';

/** TLS to the database, by libpq's parameters. */

const folder = mkdtempSync(join(tmpdir(), 'muster-tls-'));
const [right, wrong] = [join(folder, 'right.pem'), join(folder, 'wrong.pem')];
let postgres: PostgresServer;
beforeAll(async () => {
  const make = (name: string) =>
    generate([{ name: 'commonName', value: name }], {
      keySize: 2048,
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
      ],
    });
  const [own, other] = [await make('localhost'), await make('localhost')];
  writeFileSync(right, own.cert);
  writeFileSync(wrong, other.cert);
  postgres = await startPostgres({ settings: CARELESS, tls: { cert: own.cert, key: own.private } });
}, 120_000);
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true });
});

const open = (parameters: string, host = 'localhost'): Promise<Store> =>
  openPostgresStore({
    address: { url: `${postgres.url().replace('127.0.0.1', host)}?${parameters}` },
    types: conformanceTypes,
    clock: systemClock,
  });

const works = async (parameters: string, host?: string): Promise<boolean> => {
  const store = await open(parameters, host);
  const count = await store.read('00000000-0000-0000-0000-000000000000', (reader) => reader.count({ from: group, scope: {} }));
  await store.close();
  return count === 0;
};

test('connects as sslmode says', { timeout: 120_000 }, async () => {
  expect(await works('sslmode=disable')).toBe(true);
  expect(await works('sslmode=require')).toBe(true);
  expect(await works(`sslmode=verify-full&sslrootcert=${right}`)).toBe(true);
  expect(await works(`sslmode=verify-ca&sslrootcert=${right}`, '127.0.0.1')).toBe(true);
});

test('refuses whom it cannot trust', { timeout: 120_000 }, async () => {
  await expect(works(`sslmode=verify-full&sslrootcert=${wrong}`)).rejects.toMatchObject({ code: 'storeUnavailable' });
  await expect(works('sslmode=verify-full')).rejects.toMatchObject({ code: 'storeUnavailable' });
  await expect(works(`sslmode=verify-full&sslrootcert=${right}`, '127.0.0.1')).rejects.toMatchObject({ code: 'storeUnavailable' });
});

test('refuses what it does not understand, and says nothing of the password', { timeout: 120_000 }, async () => {
  for (const parameters of ['sslmode=prefer', 'sslrootcert=/nowhere', 'sslmode=require&sslrootcert=/nowhere', 'options=-cfsync%3Doff']) {
    const refusal = await open(parameters).catch((error: Error) => error);
    expect(refusal).toMatchObject({ code: 'invalidConfiguration' });
    expect(String((refusal as Error).message)).not.toContain('muster-test');
  }
  const away = await open('application_name=x', 'no-such-host.invalid').catch((error: Error) => error);
  expect(away).toMatchObject({ code: 'storeUnavailable' });
  expect(String((away as Error & { cause: Error }).cause.stack)).not.toContain('muster-test');
});

test('B2 a database that is silent behind TLS is given up', { timeout: 120_000 }, async () => {
  const store = await openPostgresStore({
    address: { url: `${postgres.url().replace('127.0.0.1', 'localhost')}?sslmode=require`, timeout: 1000 },
    types: conformanceTypes,
    clock: systemClock,
  });
  const read = (): Promise<number> =>
    store.read('00000000-0000-0000-0000-000000000000', (reader) => reader.count({ from: group, scope: {} }));
  expect(await read()).toBe(0);
  postgres.freeze();
  try {
    await expect(read()).rejects.toMatchObject({ code: 'storeUnavailable', message: expect.stringContaining('does not answer') });
  } finally {
    postgres.thaw();
  }
  expect(await read()).toBe(0);
  await store.close();
});
