import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../src/lib/app-error.ts';
import { systemClock } from '../src/lib/clock.ts';
import { uuidBytes, uuidV7Generator } from '../src/lib/ids.ts';
import { hardwareConfigurationDeviceState } from '../src/model/hardware-configuration.ts';
import { runState } from '../src/model/run-state.ts';
import { createStatements } from '../src/store/schema/ddl.ts';
import { sqliteDialect } from '../src/store/sqlite/dialect.ts';
import type { DeviceStateBody } from './device-states.ts';

/**
 * What Muster is measured against: a bare `node:http` server that reads the same JSON and inserts it into the same SQLite table
 * with group commit, and does nothing else: no OData, no tokens, no accounting, no validation. The table and its indexes come
 * from Muster's own schema code, so that they stay the same; all the rest is kept apart from Muster, so that it stays put.
 *
 * `node bench/yardstick.ts FOLDER` prints one JSON line when it accepts requests.
 */

const TABLE = hardwareConfigurationDeviceState.name;

/** The columns in the order of the INSERT below: what is indexed, and the row as the JSON text that it is answered with. */
const COLUMNS = [
  'tenant_id',
  'policyId',
  'id',
  'upn',
  'lastStateUpdateDateTime',
  'lastStateUpdateDateTime_form',
  'configurationState',
  '$document',
] as const;

const TENANT = 1;
const POLICY = uuidBytes('0198c0de-0000-7000-8000-000000000001');
const TICKS_PER_MS = 10_000n;
const TICKS_TO_1970 = 621_355_968_000_000_000n;
/** UTC with three digits of a second, as the load has them. */
const FORM = 3;

const stateNumber: Readonly<Record<string, number>> = runState.members;

function openDatabase(folder: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, 'yardstick.sqlite'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -65536');
  for (const statement of createStatements([hardwareConfigurationDeviceState], sqliteDialect)) database.exec(statement);
  const actual = database
    .prepare(`SELECT name FROM pragma_table_info('${TABLE}')`)
    .all()
    .map(({ name }) => String(name));
  if (actual.toSorted().join() !== COLUMNS.toSorted().join()) {
    throw new AppError('internal', `The table now has the columns ${actual.join(', ')}; bring the yardstick's INSERT up to it.`);
  }
  return database;
}

interface Waiting {
  readonly body: string;
  readonly response: ServerResponse;
}

function answer(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

/** Makes the function that takes one row; what arrives in one turn of the event loop shares one commit. */
function groupCommit(database: DatabaseSync): (waiting: Waiting) => void {
  const insert = database.prepare(
    `INSERT INTO ${TABLE} (${COLUMNS.map((name) => `"${name}"`).join()}) VALUES (${COLUMNS.map(() => '?').join()})`,
  );
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const newId = uuidV7Generator(systemClock);
  let queue: Waiting[] = [];

  const insertOne = (text: string): string => {
    const body = JSON.parse(text) as DeviceStateBody;
    const id = newId();
    const document = JSON.stringify({ id, ...body });
    insert.run(
      TENANT,
      POLICY,
      uuidBytes(id),
      body.upn,
      BigInt(Date.parse(body.lastStateUpdateDateTime)) * TICKS_PER_MS + TICKS_TO_1970,
      FORM,
      stateNumber[body.configurationState]!,
      document,
    );
    return document;
  };
  const flush = (): void => {
    const group = queue;
    queue = [];
    begin.run();
    const answers = group.map(({ body }) => insertOne(body));
    commit.run();
    group.forEach(({ response }, i) => {
      answer(response, 201, answers[i]!);
    });
  };
  return (waiting) => {
    if (queue.push(waiting) === 1) setImmediate(flush);
  };
}

function reader(database: DatabaseSync): (id: string) => string | undefined {
  const byId = database.prepare(`SELECT "$document" FROM ${TABLE} WHERE tenant_id = ? AND policyId = ? AND id = ?`);
  byId.setReturnArrays(true);
  return (id) => (byId.get(TENANT, POLICY, uuidBytes(id)) as unknown as readonly [string] | undefined)?.[0];
}

function serve(folder: string): void {
  const database = openDatabase(folder);
  const add = groupCommit(database);
  const read = reader(database);
  const UUID_LENGTH = 36;
  const server = createServer((request: IncomingMessage, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => add({ body, response }));
      return;
    }
    const row = read(request.url!.slice(-UUID_LENGTH));
    if (row === undefined) answer(response, 404, '{}');
    else answer(response, 200, row);
  });
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
  });
}

if (import.meta.main) serve(process.argv[2] ?? '.');
