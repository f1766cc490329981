import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { runState } from '../src/model/run-state.ts';
import { DATABASE_FILE } from '../src/store/sqlite/open.ts';
import type { DeviceStateBody } from './device-states.ts';
import { uuidBytes, uuidV7Generator } from './uuid-v7.ts';
import { deviceStateText } from './yardstick-json.ts';
import { serveYardstick } from './yardstick-server.ts';
import type { Incoming, YardstickStore } from './yardstick-store.ts';

/**
 * The plain yardstick: reads the same JSON and inserts it into Muster's own table of device states, with group commit, and does nothing else.
 * It counts nothing and answers nothing but what a state is. What this leaves of a ratio is the price of OData, tokens, accounting and validation.
 *
 * `node bench/yardstick-plain.ts FOLDER`, with a copy of Muster's data, prints one JSON line when it accepts requests.
 */

const TABLE = 'hardwareConfigurationDeviceState';
/** The tenant that a seeded database has. */
const TENANT = 1;
const TICKS_PER_MS = 10_000n;
const TICKS_TO_1970 = 621_355_968_000_000_000n;
/** UTC with three digits of a second, as the load has them. */
const FORM = 3;

const STATE_NUMBERS: Readonly<Record<string, number>> = runState.members;

const SETTINGS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -65536';

/** Works that it can do. */
type Plain = Pick<YardstickStore, 'add' | 'state'>;

function plainStore(folder: string): Plain {
  const database = new DatabaseSync(join(folder, DATABASE_FILE));
  database.exec(SETTINGS);
  const insert = database.prepare(
    `INSERT INTO ${TABLE} (tenant_id, policyId, id, upn, lastStateUpdateDateTime, lastStateUpdateDateTime_form, configurationState, "$document")
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = database.prepare(`SELECT "$document" FROM ${TABLE} WHERE tenant_id = ? AND policyId = ? AND id = ?`);
  byId.setReturnArrays(true);
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')];
  const newId = uuidV7Generator();
  let queue: { readonly states: readonly Incoming[]; readonly stored: (texts: readonly string[]) => void }[] = [];

  const insertOne = (policyId: string, body: DeviceStateBody): string => {
    const id = newId();
    const text = deviceStateText(id, body);
    const ticks = BigInt(Date.parse(body.lastStateUpdateDateTime)) * TICKS_PER_MS + TICKS_TO_1970;
    insert.run(TENANT, uuidBytes(policyId), uuidBytes(id), body.upn, ticks, FORM, STATE_NUMBERS[body.configurationState]!, text);
    return text;
  };
  const flush = (): void => {
    const group = queue;
    queue = [];
    begin.run();
    const answers = group.map(({ states }) => states.map(({ policyId, body }) => insertOne(policyId, body)));
    commit.run();
    group.forEach(({ stored }, i) => {
      stored(answers[i]!);
    });
  };
  return {
    add(states, stored) {
      if (queue.push({ states, stored }) === 1) setImmediate(flush);
    },
    state: (policyId, id) => (byId.get(TENANT, uuidBytes(policyId), uuidBytes(id)) as unknown as readonly [string] | undefined)?.[0],
  };
}

if (import.meta.main) serveYardstick(plainStore(process.argv[2] ?? '.') as YardstickStore);
