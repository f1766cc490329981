import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { model } from '../../src/model/index.ts';
import { checkDatabase } from '../../src/server/admin/check-database.ts';
import { copyDataFolder } from '../../src/server/admin/copy-data-folder.ts';
import { copyDataSet } from '../../src/server/admin/copy-data-set.ts';
import { loadConfig } from '../../src/server/config/config.ts';
import { schemaStatements } from '../../src/store/postgres/schema.ts';
import { DATABASE_FILE } from '../../src/store/sqlite/open.ts';
import type { InProcessApi } from './in-process-api.ts';
import { runServer, type TestServer } from './running-server.ts';
import { created, groupBody, rowsOf } from './sample-bodies.ts';
import { FIXTURES } from './surface-fixtures.ts';
import type { TestDatabase } from './test-database.ts';

/**
 * Data of one version of Muster, kept so that every later version must open, verify and serve it: a data folder, the same data as statements
 * for PostgreSQL, and what the API answered.
 */

const ANSWERS = 'answers.json.gz';
const DUMP = 'postgres.sql.gz';

/** The body of a `GET` by its path. */
type Answers = Readonly<Record<string, object>>;

/** Collections whose rows are compared. Not among them: what the server removes in time, that is old audit events and deleted users. */
const LISTS: readonly string[] = [
  ...['roleScopeTags', 'roleDefinitions', 'roleAssignments', 'detectedApps'],
  ...new Set(FIXTURES.map(({ root }) => root).filter((root) => root !== '')),
].map((name) => `deviceManagement/${name}`);
const DIRECTORY = ['users', 'groups', 'organization'];
/** What is compared below each row of a collection. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  hardwareConfigurations: ['assignments', 'deviceRunStates', 'userRunStates', 'runSummary'],
  deviceManagementScripts: ['assignments', 'groupAssignments', 'deviceRunStates', 'userRunStates', 'runSummary'],
  deviceShellScripts: ['assignments', 'groupAssignments', 'deviceRunStates', 'userRunStates', 'runSummary'],
  deviceCustomAttributeShellScripts: ['assignments', 'groupAssignments', 'deviceRunStates', 'userRunStates', 'runSummary'],
  deviceHealthScripts: ['assignments', 'deviceRunStates', 'runSummary'],
  deviceComplianceScripts: ['assignments', 'deviceRunStates', 'runSummary'],
};

/** The requests of a running server, as those of the API in process. */
function callsOf({ url, token }: TestServer): InProcessApi {
  const request = async (method: string, path: string, { body }: { readonly body?: unknown } = {}) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json;odata.metadata=none',
      'content-type': 'application/json',
    };
    const answer = await fetch(`${url}/beta/${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return { status: answer.status, text, body: text === '' ? '' : JSON.parse(text) };
  };
  return { request } as unknown as InProcessApi;
}

/**
 * Makes a fixture: some of everything that is kept, through the API.
 * @param database an empty one, which holds the same data afterwards
 */
export async function makeFixture(fixture: string, database: TestDatabase): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'muster-fixture-'));
  const [data, copy] = [join(work, 'data'), join(work, 'copy')];
  try {
    const server = await runServer({ data, sample: 'yes' });
    await fill(callsOf(server));
    await server.stop();
    await copyDataFolder({ from: data, to: copy, secretKeys: undefined });
    await copyDataSet({ from: data, to: database.url, secretKeys: undefined, report: () => undefined });
    mkdirSync(fixture, { recursive: true });
    for (const name of readdirSync(copy)) {
      if (name === DATABASE_FILE) writeFileSync(join(fixture, `${name}.gz`), gzipSync(readFileSync(join(copy, name)), { level: 9 }));
      else copyFileSync(join(copy, name), join(fixture, name));
    }
    writeFileSync(join(fixture, DUMP), gzipSync(await dump(database), { level: 9 }));
    const served = await runServer({ data: copy });
    writeFileSync(join(fixture, ANSWERS), gzipSync(JSON.stringify(await answersOf(callsOf(served))), { level: 9 }));
    await served.stop();
  } finally {
    rmSync(work, { recursive: true });
  }
}

async function fill(api: InProcessApi): Promise<void> {
  for (const { make } of FIXTURES) await make(api);
  await rowsOf(api, 'organization'); // is made by the first request
  const group = await created(api, 'groups', groupBody());
  const gone = await created(api, 'users', { userPrincipalName: 'gone@example.com' });
  expect((await api.request('DELETE', `users/${gone.id}`)).status).toBe(204);
  const tag = await created(api, 'deviceManagement/roleScopeTags', { displayName: 'Kept' });
  const role = await created(api, 'deviceManagement/roleDefinitions', { displayName: 'Readers', roleScopeTagIds: [tag.id] });
  await created(api, 'deviceManagement/roleAssignments', {
    displayName: 'Readers of the group',
    members: [group.id],
    'roleDefinition@odata.bind': `deviceManagement/roleDefinitions('${role.id}')`,
  });
  // Times and texts of every form.
  const [configuration] = await rowsOf(api, 'deviceManagement/hardwareConfigurations');
  for (const [i, lastStateUpdateDateTime] of [
    '2026-01-31T12:00:00Z',
    '2024-02-29T23:59:59.1234567+14:00',
    '0001-01-01T00:00:00Z',
  ].entries()) {
    const state = {
      upn: `Üser${i}@example.com`,
      deviceName: `D'${i} "é" \u{1f5a5}`,
      configurationState: 'success',
      lastStateUpdateDateTime,
    };
    await created(api, `deviceManagement/hardwareConfigurations/${configuration!.id}/deviceRunStates`, state);
  }
}

async function answersOf(api: InProcessApi): Promise<Answers> {
  const answers: Record<string, object> = {};
  const read = async (path: string): Promise<void> => {
    const { status, body, text } = await api.request('GET', path);
    expect(status, `${path}: ${text}`).toBe(200);
    answers[path] = body;
  };
  for (const path of [...LISTS, ...DIRECTORY]) {
    await read(path);
    for (const { id } of await rowsOf(api, path)) {
      await read(`${path}/${id}`);
      for (const below of BELOW[path.split('/').at(-1)!] ?? []) await read(`${path}/${id}/${below}`);
    }
  }
  return answers;
}

/** Statements that make the tables and rows of a database. */
async function dump(database: TestDatabase): Promise<string> {
  const statements = schemaStatements(model.stored);
  const tables = await database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
  const [version] = await database.query(
    `SELECT string_agg(format('%I %s%s', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' NOT NULL' END
      || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '')), ', ' ORDER BY attnum) AS columns
     FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
     WHERE attrelid = 'schema_version'::regclass AND attnum > 0`,
  );
  const rows: string[] = [];
  for (const { tablename } of tables) {
    const table = `"${tablename}"`;
    const found = await database.query(
      `SELECT format('INSERT INTO %s SELECT (%L::%s).*', '${table}', t::text, '${table}') AS text FROM ${table} t`,
    );
    rows.push(...found.map(({ text }) => text as string).sort());
  }
  const [sequence] = await database.query('SELECT last_value FROM tenant_number');
  return `${[
    `CREATE TABLE schema_version (${version!.columns})`,
    ...statements,
    ...rows,
    `SELECT setval('tenant_number', ${sequence!.last_value})`,
  ].join(';\n')};\n`;
}

/** Writes the data folder of a fixture. */
export function restoreFolder(fixture: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  for (const name of readdirSync(fixture)) {
    if (name === `${DATABASE_FILE}.gz`)
      writeFileSync(join(to, DATABASE_FILE), gunzipSync(readFileSync(join(fixture, name))), { mode: 0o600 });
    else if (name !== ANSWERS && name !== DUMP) writeFileSync(join(to, name), readFileSync(join(fixture, name)), { mode: 0o600 });
  }
}

/** Fills an empty database with the rows of a fixture. */
export async function restoreDatabase(fixture: string, database: TestDatabase): Promise<void> {
  await database.query(gunzipSync(readFileSync(join(fixture, DUMP))).toString());
}

/**
 * Expects a server of this version to answer what was answered then, to count on, and to leave the database in order. What a later version adds
 * to an answer does not matter.
 * @param flags where the data are: a restored folder, or a database and the folder with its keys
 */
export async function expectServed(fixture: string, flags: Readonly<Record<string, string>>): Promise<void> {
  const answers = JSON.parse(gunzipSync(readFileSync(join(fixture, ANSWERS))).toString()) as Answers;
  const server = await runServer(flags);
  const api = callsOf(server);
  for (const [path, body] of Object.entries(answers)) {
    const answer = await api.request('GET', path);
    expect(answer.status, `${path}: ${answer.text}`).toBe(200);
    expect(answer.body, path).toMatchObject(body);
  }
  const summary = Object.keys(answers).find((path) => path.endsWith('/runSummary'))!;
  const before = answers[summary] as { readonly failedDeviceCount: number };
  await created(api, summary.replace('runSummary', 'deviceRunStates'), { upn: 'new@example.com', configurationState: 'fail' });
  expect((await api.request('GET', summary)).body.failedDeviceCount).toBe(before.failedDeviceCount + 1);
  await server.stop();
  const problems: string[] = [];
  const config = loadConfig({ flags, environment: {} });
  const { tenants } = await checkDatabase(config, (_, sentence) => problems.push(sentence));
  expect([tenants > 0, problems]).toEqual([true, []]);
}
