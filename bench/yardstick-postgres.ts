import pg from 'pg';
import { GroupCounts } from './count-group.ts';
import { uuidV7Generator } from './uuid-v7.ts';
import { deviceStateText, STATES, stateNumber, summaryText, userStateText } from './yardstick-json.ts';
import { serveYardstick } from './yardstick-server.ts';
import { type Incoming, PAGE_SIZE, type Page, type YardstickStore } from './yardstick-store.ts';

/**
 * The yardstick of PostgreSQL: the rows of `yardstick-sqlite.ts`, written by one statement for each group of requests, counters
 * included, with two groups in flight. Each of the two counts into a row of its own, so that neither waits for the other's commit.
 *
 * `node bench/yardstick-postgres.ts URL` prints one JSON line when it accepts requests.
 */

/** Groups in flight: while the commit of one is flushed, the other works. */
const LANES = 2;
/** Connections for reads, on each of which statements follow one another without waiting for answers. */
const READERS = 2;
/** Most states in one statement, as in Muster. */
const GROUP_LIMIT = 512;

const columns = (prefix: string): readonly string[] => STATES.map((_, i) => `${prefix}${i}`);
const DEVICES = columns('d');
const COUNTS = [...DEVICES, ...columns('u')];
const integers = (names: readonly string[]): string => names.map((name) => `${name} integer NOT NULL`).join();

const SCHEMA = `
  CREATE TABLE policies (policy integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, id uuid NOT NULL UNIQUE);
  CREATE TABLE states (id uuid PRIMARY KEY, policy integer NOT NULL, state smallint NOT NULL, time bigint NOT NULL, json text NOT NULL);
  CREATE INDEX states_newest ON states (policy, state, time, id);
  CREATE TABLE users (policy integer, upn text COLLATE "C", last bigint NOT NULL, ${integers(DEVICES)}, PRIMARY KEY (policy, upn))
    WITH (fillfactor = 85);
  CREATE TABLE counts (policy integer, lane integer, last bigint NOT NULL, ${integers(COUNTS)}, PRIMARY KEY (policy, lane))
    WITH (fillfactor = 20)`;

const ARRAY_OF_INTEGERS = '::integer[]';
const parameters = (from: number): string => STATES.map((_, i) => `$${from + i}${ARRAY_OF_INTEGERS}`).join();
const adding = (table: string, names: readonly string[]): string =>
  names.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join();
/** The number of the worst state that a version of a user's row has. */
const worst = (version: 'old' | 'new'): string => `CASE ${DEVICES.map((name, i) => `WHEN ${version}.${name} > 0 THEN ${i}`).join(' ')} END`;
const USERS = STATES.map(
  (_, i) => `count(*) FILTER (WHERE worst_now = ${i}) - count(*) FILTER (WHERE worst_before = ${i}) AS u${i}`,
).join();

/** Stores a group; the order of users keeps groups from waiting for each other in a circle. JSON texts and user names are lines. */
const STORE = `
  WITH stored AS (
    INSERT INTO states (policy, id, state, time, json)
    SELECT * FROM unnest($1::integer[], $2::uuid[], $3::smallint[], $4::bigint[], string_to_array($5, E'\\n'))
  ), counted AS (
    INSERT INTO users (policy, upn, last, ${DEVICES.join()})
    SELECT * FROM unnest($6::integer[], string_to_array($7, E'\\n'), $8::bigint[], ${parameters(9)}) AS given (policy, upn) ORDER BY 1, 2
    ON CONFLICT (policy, upn) DO UPDATE SET last = greatest(users.last, excluded.last), ${adding('users', DEVICES)}
    RETURNING new.policy, ${worst('old')} AS worst_before, ${worst('new')} AS worst_now
  )
  INSERT INTO counts (policy, lane, last, ${COUNTS.join()})
  SELECT policy, $15::integer, last, ${COUNTS.join()}
  FROM unnest($16::integer[], $17::bigint[], ${parameters(18)}) AS given (policy, last, ${DEVICES.join()})
    JOIN (SELECT policy, ${USERS} FROM counted GROUP BY policy) AS by_policy USING (policy)
  ON CONFLICT (policy, lane) DO UPDATE SET last = greatest(counts.last, excluded.last), ${adding('counts', COUNTS)}`;

const SUMMARY = `SELECT max(last), ${COUNTS.map((name) => `sum(${name})`).join()} FROM counts WHERE policy = $1`;
const STATE = 'SELECT json FROM states WHERE id = $1 AND policy = $2';
const NEWEST = `SELECT json, time, id FROM states WHERE policy = $1 AND state = $2 AND (time, id) < ($3, $4)
  ORDER BY time DESC, id DESC LIMIT ${PAGE_SIZE + 1}`;
const USER = `SELECT upn, last, ${DEVICES.join()} FROM users WHERE policy = $1 AND upn = $2`;
const NEXT_USERS = `SELECT upn, last, ${DEVICES.join()} FROM users WHERE policy = $1 AND upn > $2 ORDER BY upn LIMIT ${PAGE_SIZE + 1}`;

const NEWER_THAN_ALL = `${Number.MAX_SAFE_INTEGER}.ffffffff-ffff-ffff-ffff-ffffffffffff`;
const INT8 = 20;

type Row = readonly (string | number)[];

interface Waiting {
  readonly states: readonly Incoming[];
  readonly stored: (texts: readonly string[]) => void;
}

const array = (values: readonly (string | number)[]): string => `{${values.join()}}`;
/** One array for each device count. */
const countArrays = (changes: readonly { readonly counts: readonly number[] }[]): readonly string[] =>
  STATES.map((_, i) => array(changes.map(({ counts }) => counts[i]!)));

export class PostgresYardstick implements YardstickStore {
  readonly #newId: () => string;
  readonly #lanes: readonly pg.Client[];
  readonly #readers: readonly pg.Client[];
  readonly #policies = new Map<string, number>();
  /** Numbers of the lanes that wait for work. */
  readonly #idle = Array.from({ length: LANES }, (_, lane) => lane);
  #queue: Waiting[] = [];
  #scheduled = false;
  #reads = 0;

  private constructor(lanes: readonly pg.Client[], readers: readonly pg.Client[], newId: () => string) {
    this.#lanes = lanes;
    this.#readers = readers;
    this.#newId = newId;
  }

  /** Connects, making the tables where there are none. @param newId where the ids of rows come from */
  static async open(url: string, newId: () => string = uuidV7Generator()): Promise<PostgresYardstick> {
    const connect = async (): Promise<pg.Client> => {
      const client = new pg.Client({ connectionString: url, pipeline: true });
      client.setTypeParser(INT8, Number);
      await client.connect();
      return client;
    };
    const clients = await Promise.all(Array.from({ length: LANES + READERS }, connect));
    const [first] = clients;
    if ((await first!.query("SELECT to_regclass('states') AS found")).rows[0].found === null) await first!.query(SCHEMA);
    const yardstick = new PostgresYardstick(clients.slice(0, LANES), clients.slice(LANES), newId);
    for (const { id, policy } of (await first!.query('SELECT id, policy FROM policies')).rows) yardstick.#policies.set(id, policy);
    return yardstick;
  }

  /** Makes a policy, so that states can be added to it. */
  async createPolicy(id: string): Promise<void> {
    const { rows } = await this.#lanes[0]!.query('INSERT INTO policies (id) VALUES ($1) RETURNING policy', [id]);
    this.#policies.set(id, rows[0].policy);
  }

  add(states: readonly Incoming[], stored: (texts: readonly string[]) => void): void {
    this.#queue.push({ states, stored });
    this.#schedule();
  }

  async state(policyId: string, id: string): Promise<string | undefined> {
    const [row] = await this.#rows('state', STATE, [id, this.#numberOf(policyId)]);
    return row?.[0] as string | undefined;
  }

  async newest(policyId: string, state: string, after = NEWER_THAN_ALL): Promise<Page> {
    const rows = await this.#rows('newest', NEWEST, [this.#numberOf(policyId), stateNumber.get(state)!, ...after.split('.')]);
    return page(
      rows,
      ([json]) => json as string,
      ([, time, id]) => `${time}.${id}`,
    );
  }

  async count(policyId: string, state: string): Promise<number | undefined> {
    return (await this.#counts(policyId))[1 + stateNumber.get(state)!] ?? undefined;
  }

  async summary(policyId: string): Promise<string | undefined> {
    const [last, ...counts] = await this.#counts(policyId);
    if (last === null) return undefined;
    return summaryText({ policyId, last: last!, devices: counts.slice(0, STATES.length), users: counts.slice(STATES.length) });
  }

  async user(policyId: string, upn: string): Promise<Page> {
    return { texts: (await this.#rows('user', USER, [this.#numberOf(policyId), upn])).map((row) => userText(policyId, row)) };
  }

  async users(policyId: string, after = ''): Promise<Page> {
    const rows = await this.#rows('users', NEXT_USERS, [this.#numberOf(policyId), decodeURIComponent(after)]);
    return page(
      rows,
      (row) => userText(policyId, row),
      ([upn]) => encodeURIComponent(upn as string),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes, ...this.#readers].map((client) => client.end()));
  }

  /** A policy's number; 0, which none has, for one that is not there. */
  #numberOf(policyId: string): number {
    return this.#policies.get(policyId) ?? 0;
  }

  async #counts(policyId: string): Promise<readonly number[]> {
    return (await this.#rows('summary', SUMMARY, [this.#numberOf(policyId)]))[0] as readonly number[];
  }

  async #rows(name: string, text: string, values: (string | number)[]): Promise<readonly Row[]> {
    const reader = this.#readers[this.#reads++ % READERS]!;
    return (await reader.query({ name, text, values, rowMode: 'array' })).rows;
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#idle.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const lane = this.#idle.pop()!;
      void this.#store(lane, this.#queue.splice(0, GROUP_LIMIT)).then(() => {
        this.#idle.push(lane);
        this.#schedule();
      });
      this.#schedule();
    });
  }

  /** Stores what has arrived, in one statement, which is a transaction. */
  async #store(lane: number, group: readonly Waiting[]): Promise<void> {
    const counts = new GroupCounts();
    const rows = group.flatMap(({ states }) => states.map((state) => this.#rowOf(state, counts)));
    const users = [...counts.users.values()].map((user) => ({ ...user, counts: user.add }));
    const policies = [...counts.policies.values()].map((policy) => ({ ...policy, counts: policy.devices }));
    const values = [
      array(rows.map(({ policy }) => policy)),
      array(rows.map(({ id }) => id)),
      array(rows.map(({ state }) => state)),
      array(rows.map(({ time }) => time)),
      rows.map(({ text }) => text).join('\n'),
      array(users.map(({ policy }) => policy)),
      users.map(({ upn }) => upn).join('\n'),
      array(users.map(({ last }) => last)),
      ...countArrays(users),
      lane,
      array(policies.map(({ policy }) => policy)),
      array(policies.map(({ last }) => last)),
      ...countArrays(policies),
    ];
    await this.#lanes[lane]!.query({ name: 'store', text: STORE, values });
    const texts = rows.map(({ text }) => text).values();
    for (const { states, stored } of group) stored(states.map(() => texts.next().value!));
  }

  #rowOf({ policyId, body }: Incoming, counts: GroupCounts) {
    const row = {
      policy: this.#numberOf(policyId),
      id: this.#newId(),
      state: stateNumber.get(body.configurationState)!,
      time: Date.parse(body.lastStateUpdateDateTime),
    };
    counts.add({ ...row, upn: body.upn });
    return { ...row, text: deviceStateText(row.id, body) };
  }
}

function page(rows: readonly Row[], text: (row: Row) => string, next: (last: Row) => string): Page {
  const texts = rows.slice(0, PAGE_SIZE).map(text);
  return rows.length > PAGE_SIZE ? { texts, next: next(rows[PAGE_SIZE - 1]!) } : { texts };
}

const userText = (policyId: string, [upn, last, ...devices]: Row): string =>
  userStateText({ policyId, upn: upn as string, last: last as number, devices: devices as number[] });

if (import.meta.main) serveYardstick(await PostgresYardstick.open(process.argv[2]!));
