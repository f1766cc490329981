import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { quoteName } from '../../sql/fragment.ts';
import { resultCode, storeError } from '../errors.ts';
import { DATABASE_FILE } from '../open.ts';

/** A table of the database that cannot be read whole, or an index of it. */
export interface Damage {
  readonly table: string;
  /** Absent where it is the table itself. */
  readonly index?: string;
  readonly problem: string;
}

/** What SQLite finds in a table or an index is told up to so often; the rest is counted. */
export const DAMAGES_TOLD = 3;

const CHUNK_BYTES = 1024 ** 2;
/** SQLITE_ERROR: a statement that makes no sense. */
const SQL_ERROR = 1;

interface Named {
  readonly name: string;
  readonly table: string;
  readonly root: number;
  /** Whether it is an index of some rows alone: SQLite goes over the table where it cannot count by such a one. */
  readonly partial: number;
}

/**
 * Reads every page of every table and index of a data folder's database.
 * @throws corruptStore when not even their names can be read; storeUnavailable
 */
export function findDamage(folder: string): readonly Damage[] {
  const path = join(folder, DATABASE_FILE);
  if (!existsSync(path)) return [];
  const damages = damagesIn(path);
  if (damages.length === 0) return damages;
  // SQLite takes a page that the disk does not give for one that is damaged.
  const failure = unreadablePlace(path);
  return failure === undefined ? damages : damages.map((damage) => ({ ...damage, problem: `${failure}; ${damage.problem}` }));
}

function damagesIn(path: string): readonly Damage[] {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.exec('PRAGMA busy_timeout = 5000');
    const named = database
      .prepare(`SELECT name, tbl_name AS "table", rootpage AS root, sql LIKE '% WHERE %' AS partial FROM sqlite_schema WHERE rootpage > 0`)
      .all() as unknown as Named[];
    const open = database;
    return named.filter(({ name, table }) => name === table).flatMap(({ name }) => damageOf(open, name, named));
  } catch (error) {
    throw storeError(error);
  } finally {
    database?.close();
  }
}

function damageOf(database: DatabaseSync, table: string, named: readonly Named[]): readonly Damage[] {
  const found = new Map<string, string[]>();
  const indexes = named.filter((other) => other.table === table && other.name !== table && other.partial !== 1).map(({ name }) => name);
  for (const problem of problemsOf(database, table)) {
    const name = nameIn(problem, named) ?? indexes.find((index) => !isReadable(database, table, index)) ?? table;
    found.set(name, [...(found.get(name) ?? []), problem]);
  }
  return Array.from(found, ([name, problems]) => ({
    table,
    ...(name === table ? {} : { index: name }),
    problem:
      problems.slice(0, DAMAGES_TOLD).join('; ') + (problems.length > DAMAGES_TOLD ? `; ${problems.length - DAMAGES_TOLD} more` : ''),
  }));
}

/** @returns what the disk says where it does not give the file, if there is such a place */
function unreadablePlace(path: string): string | undefined {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let at = 0;
  try {
    for (let read = 1; read > 0; at += read) read = readSync(file, chunk, 0, CHUNK_BYTES, at);
    return undefined;
  } catch (error) {
    return `the disk does not give the file behind byte ${at} (${(error as NodeJS.ErrnoException).code})`;
  } finally {
    closeSync(file);
  }
}

/** SQLite tells at most 100 of a table. */
function problemsOf(database: DatabaseSync, table: string): readonly string[] {
  try {
    return database
      .prepare(`PRAGMA integrity_check(${quoteName(table)})`)
      .all()
      .flatMap((row) => String(row.integrity_check).split('\n'))
      .filter((line) => line !== 'ok' && !line.startsWith('***'));
  } catch (error) {
    return [`it cannot be read: ${(error as Error).message}`];
  }
}

/** Goes over an index from one end to the other. */
function isReadable(database: DatabaseSync, table: string, index: string): boolean {
  try {
    database.prepare(`SELECT COUNT(*) FROM ${quoteName(table)} INDEXED BY ${quoteName(index)}`).get();
    return true;
  } catch (error) {
    return resultCode(error) === SQL_ERROR; // the index of a primary key cannot be named so
  }
}

/** What a line such as `Tree 12 page 345: …` or `row 5 missing from index …` is about. */
function nameIn(problem: string, named: readonly Named[]): string | undefined {
  const tree = /^Tree (\d+)/.exec(problem)?.[1];
  if (tree !== undefined) return named.find(({ root }) => root === Number(tree))?.name;
  const index = /(?:index|in) (\S+)$/.exec(problem)?.[1];
  return named.find(({ name }) => name === index)?.name;
}
