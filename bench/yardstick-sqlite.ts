import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { GroupCounts } from './count-group.ts';
import { uuidBytes, uuidV7Generator } from './uuid-v7.ts';
import { deviceStateText, STATES, stateNumber, summaryText, userStateText } from './yardstick-json.ts';
import { serveYardstick } from './yardstick-server.ts';
import { type Incoming, PAGE_SIZE, type Page, type YardstickStore } from './yardstick-store.ts';

/**
 * The yardstick of the embedded store: each row's ready JSON text beside narrow indexed columns, prepared statements, group
 * commit, and counters in the same transaction. Page cache, checkpoints and `synchronous` are Muster's own settings.
 *
 * `node bench/yardstick-sqlite.ts FOLDER` prints one JSON line when it accepts requests.
 */

const DEVICE_COLUMNS = STATES.map((_, i) => `d${i}`);
const USER_COLUMNS = STATES.map((_, i) => `u${i}`);
const counters = (columns: readonly string[]): string => columns.map((name) => `${name} INTEGER NOT NULL DEFAULT 0`).join();

const YARDSTICK_SETTINGS = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8000;
  PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY`;

/** Ids rise, so rowids, which every index ends with, order rows of one time as their ids do, and take less room than ids. */
const SCHEMA = `
  CREATE TABLE policies (policy INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, last INTEGER NOT NULL DEFAULT 0,
    ${counters([...DEVICE_COLUMNS, ...USER_COLUMNS])});
  CREATE TABLE states (id BLOB PRIMARY KEY, policy INTEGER NOT NULL, state INTEGER NOT NULL, time INTEGER NOT NULL,
    json TEXT NOT NULL);
  CREATE INDEX states_newest ON states (policy, state, time);
  CREATE TABLE users (policy INTEGER NOT NULL, upn TEXT NOT NULL, last INTEGER NOT NULL, ${counters(DEVICE_COLUMNS)},
    PRIMARY KEY (policy, upn)) WITHOUT ROWID`;

const adding = (columns: readonly string[]): string => columns.map((name) => `${name} = ${name} + ?`).join();

type Cells = readonly SQLOutputValue[];

/** Most states in one transaction, as in Muster. */
const GROUP_LIMIT = 512;

interface Waiting {
  readonly states: readonly Incoming[];
  readonly stored: (texts: readonly string[]) => void;
}

export class SqliteYardstick implements YardstickStore {
  readonly #database: DatabaseSync;
  readonly #newId: () => string;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #insert: StatementSync;
  readonly #countUser: StatementSync;
  readonly #countPolicy: StatementSync;
  readonly #policy: StatementSync;
  readonly #state: StatementSync;
  readonly #newest: StatementSync;
  readonly #summary: StatementSync;
  readonly #user: StatementSync;
  readonly #users: StatementSync;
  readonly #policies = new Map<string, number>();
  #queue: Waiting[] = [];
  #reading = false;

  /** @param newId where the ids of rows come from */
  constructor(folder: string, newId: () => string = uuidV7Generator()) {
    this.#database = new DatabaseSync(join(folder, 'yardstick.sqlite'));
    this.#newId = newId;
    this.#database.exec(YARDSTICK_SETTINGS);
    if (this.#database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'states'").get() === undefined) this.#database.exec(SCHEMA);
    const marks = (count: number): string => Array(count).fill('?').join();
    this.#begin = this.#prepare('BEGIN');
    this.#commit = this.#prepare('COMMIT');
    this.#insert = this.#prepare('INSERT INTO states (id, policy, state, time, json) VALUES (?, ?, ?, ?, ?)');
    this.#countUser = this.#prepare(
      `INSERT INTO users (policy, upn, last, ${DEVICE_COLUMNS.join()}) VALUES (${marks(3 + STATES.length)})
        ON CONFLICT DO UPDATE SET last = max(last, excluded.last), ${DEVICE_COLUMNS.map((c) => `${c} = ${c} + excluded.${c}`).join()}
        RETURNING ${DEVICE_COLUMNS.join()}`,
    );
    this.#countPolicy = this.#prepare(
      `UPDATE policies SET last = max(last, ?), ${adding(DEVICE_COLUMNS)}, ${adding(USER_COLUMNS)} WHERE policy = ?`,
    );
    this.#policy = this.#prepare('SELECT policy FROM policies WHERE id = ?');
    this.#state = this.#prepare('SELECT json FROM states WHERE id = ? AND policy = ?');
    this.#newest = this.#prepare(
      `SELECT json, time, rowid FROM states WHERE policy = ? AND state = ? AND (time, rowid) < (?, ?)
        ORDER BY time DESC, rowid DESC LIMIT ${PAGE_SIZE + 1}`,
    );
    this.#summary = this.#prepare(`SELECT last, ${DEVICE_COLUMNS.join()}, ${USER_COLUMNS.join()} FROM policies WHERE policy = ?`);
    const user = `SELECT upn, last, ${DEVICE_COLUMNS.join()} FROM users WHERE policy = ?`;
    this.#user = this.#prepare(`${user} AND upn = ?`);
    this.#users = this.#prepare(`${user} AND upn > ? ORDER BY upn LIMIT ${PAGE_SIZE + 1}`);
  }

  /** Makes a policy, so that states can be added to it. */
  createPolicy(id: string): void {
    this.#database.prepare('INSERT INTO policies (id) VALUES (?)').run(uuidBytes(id));
  }

  add(states: readonly Incoming[], stored: (texts: readonly string[]) => void): void {
    if (this.#queue.push({ states, stored }) === 1) this.#schedule();
  }

  state(policyId: string, id: string): string | undefined {
    return this.#get(this.#state, uuidBytes(id), this.#numberOf(policyId))?.[0] as string | undefined;
  }

  newest(policyId: string, state: string, after?: string): Page {
    const [time, row] = after === undefined ? [Number.MAX_SAFE_INTEGER, 0] : after.split('.').map(Number);
    const rows = this.#all(this.#newest, this.#numberOf(policyId), stateNumber.get(state)!, time!, row!);
    const last = rows[PAGE_SIZE - 1];
    const texts = rows.slice(0, PAGE_SIZE).map(([json]) => json as string);
    return rows.length > PAGE_SIZE ? { texts, next: `${last![1]}.${last![2]}` } : { texts };
  }

  count(policyId: string, state: string): number | undefined {
    return this.#get(this.#summary, this.#numberOf(policyId))?.[1 + stateNumber.get(state)!] as number | undefined;
  }

  summary(policyId: string): string | undefined {
    const row = this.#get(this.#summary, this.#numberOf(policyId)) as readonly number[] | undefined;
    if (row === undefined) return undefined;
    const [last, ...counts] = row;
    return summaryText({ policyId, last: last!, devices: counts.slice(0, STATES.length), users: counts.slice(STATES.length) });
  }

  user(policyId: string, upn: string): Page {
    return { texts: this.#all(this.#user, this.#numberOf(policyId), upn).map((row) => userText(policyId, row)) };
  }

  users(policyId: string, after?: string): Page {
    const rows = this.#all(this.#users, this.#numberOf(policyId), after === undefined ? '' : decodeURIComponent(after));
    const texts = rows.slice(0, PAGE_SIZE).map((row) => userText(policyId, row));
    return rows.length > PAGE_SIZE ? { texts, next: encodeURIComponent(rows[PAGE_SIZE - 1]![0] as string) } : { texts };
  }

  close(): void {
    this.#database.close();
  }

  #prepare(text: string): StatementSync {
    const statement = this.#database.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  }

  /** A policy's number; 0, which none has, for one that is not there. */
  #numberOf(policyId: string): number {
    let number = this.#policies.get(policyId);
    if (number === undefined) {
      number = (this.#policy.get(uuidBytes(policyId)) as unknown as readonly number[] | undefined)?.[0];
      if (number === undefined) return 0;
      this.#policies.set(policyId, number);
    }
    return number;
  }

  /** Reads of one turn of the event loop share a snapshot, which spares the locks of all but the first. */
  #startReading(): void {
    if (this.#reading) return;
    this.#begin.run();
    this.#reading = true;
    setImmediate(() => this.#endReading());
  }

  #endReading(): void {
    if (this.#reading) this.#commit.run();
    this.#reading = false;
  }

  #get(statement: StatementSync, ...bound: SQLInputValue[]): Cells | undefined {
    this.#startReading();
    return statement.get(...bound) as unknown as Cells | undefined;
  }

  #all(statement: StatementSync, ...bound: SQLInputValue[]): readonly Cells[] {
    this.#startReading();
    return statement.all(...bound) as unknown as readonly Cells[];
  }

  #schedule(): void {
    setImmediate(() => this.#flush());
  }

  /** Stores what has arrived, in one commit. */
  #flush(): void {
    this.#endReading();
    const group = this.#queue.splice(0, GROUP_LIMIT);
    const counts = new GroupCounts();
    const answers: string[][] = [];
    this.#begin.run();
    for (const { states } of group) answers.push(states.map((state) => this.#insertOne(state, counts)));
    for (const change of counts.users.values()) {
      const now = this.#countUser.get(change.policy, change.upn, change.last, ...change.add) as unknown as readonly number[];
      counts.settle(change, now);
    }
    for (const { policy, last, devices, users } of counts.policies.values()) this.#countPolicy.run(last, ...devices, ...users, policy);
    this.#commit.run();
    group.forEach(({ stored }, i) => {
      stored(answers[i]!);
    });
    if (this.#queue.length > 0) this.#schedule();
  }

  #insertOne({ policyId, body }: Incoming, counts: GroupCounts): string {
    const [id, policy, state] = [this.#newId(), this.#numberOf(policyId), stateNumber.get(body.configurationState)!];
    const time = Date.parse(body.lastStateUpdateDateTime);
    const text = deviceStateText(id, body);
    this.#insert.run(uuidBytes(id), policy, state, time, text);
    counts.add({ policy, upn: body.upn, state, time });
    return text;
  }
}

const userText = (policyId: string, [upn, last, ...devices]: Cells): string =>
  userStateText({ policyId, upn: upn as string, last: last as number, devices: devices as number[] });

if (import.meta.main) serveYardstick(new SqliteYardstick(process.argv[2] ?? '.'));
