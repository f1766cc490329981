import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../src/lib/app-error.ts';
import { systemClock } from '../src/lib/clock.ts';
import { uuidBytes, uuidText, uuidV7Generator } from '../src/lib/ids.ts';
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

/** The columns in the order of the INSERT below. */
const COLUMNS = [
  'tenant_id',
  'policyId',
  'id',
  'deviceName',
  'osVersion',
  'upn',
  'internalVersion',
  'lastStateUpdateDateTime',
  'lastStateUpdateDateTime_form',
  'configurationState',
  'configurationOutput',
  'configurationError',
  'assignmentFilterIds',
  'userId',
] as const;

const TENANT = 1;
const POLICY = uuidBytes('0198c0de-0000-7000-8000-000000000001');
const TICKS_PER_MS = 10_000n;
const TICKS_TO_1970 = 621_355_968_000_000_000n;
/** UTC with three digits of a second, as the load has them. */
const FORM = 3;

const stateNumber: Readonly<Record<string, number>> = runState.members;
const stateName = Object.fromEntries(Object.entries(stateNumber).map(([name, number]) => [number, name]));

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
  const insert = database.prepare(`INSERT INTO ${TABLE} (${COLUMNS.join()}) VALUES (${COLUMNS.map(() => '?').join()})`);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const newId = uuidV7Generator(systemClock);
  let queue: Waiting[] = [];

  const insertOne = (text: string): string => {
    const body = JSON.parse(text) as DeviceStateBody;
    const id = newId();
    insert.run(
      TENANT,
      POLICY,
      uuidBytes(id),
      body.deviceName,
      body.osVersion,
      body.upn,
      body.internalVersion,
      BigInt(Date.parse(body.lastStateUpdateDateTime)) * TICKS_PER_MS + TICKS_TO_1970,
      FORM,
      stateNumber[body.configurationState]!,
      body.configurationOutput,
      body.configurationError,
      body.assignmentFilterIds,
      null,
    );
    return JSON.stringify({ id, ...body });
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
  const time = `(lastStateUpdateDateTime - ${TICKS_TO_1970}) / ${TICKS_PER_MS}`;
  const byId = database.prepare(
    `SELECT id, deviceName, osVersion, upn, internalVersion, ${time}, configurationState, configurationOutput, configurationError,
      assignmentFilterIds FROM ${TABLE} WHERE tenant_id = ? AND policyId = ? AND id = ?`,
  );
  byId.setReturnArrays(true);
  return (id) => {
    const row = byId.get(TENANT, POLICY, uuidBytes(id)) as unknown as readonly (string | number)[] | undefined;
    if (row === undefined) return undefined;
    return JSON.stringify({
      id: uuidText(row[0] as unknown as Uint8Array),
      deviceName: row[1],
      osVersion: row[2],
      upn: row[3],
      internalVersion: row[4],
      lastStateUpdateDateTime: new Date(row[5] as number).toISOString(),
      configurationState: stateName[row[6] as number],
      configurationOutput: row[7],
      configurationError: row[8],
      assignmentFilterIds: row[9],
    });
  };
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
