import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { group } from '../../../test/support/store-conformance-model.ts';
import { AppError } from '../../lib/app-error.ts';
import { FakeClock } from '../../lib/clock.ts';
import type { Store, Writer } from '../contract.ts';
import { createStatements } from '../schema/ddl.ts';
import { tenant } from '../schema/table.ts';
import { SqliteConnection } from '../sqlite/connection.ts';
import { sqliteDialect } from '../sqlite/dialect.ts';
import { GROUP_MS, SqliteStore } from '../sqlite/store.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
let connection: SqliteConnection;
let store: Store;
let commits: number[];

beforeEach(() => {
  connection = new SqliteConnection(':memory:');
  for (const statement of createStatements([tenant, group], sqliteDialect)) connection.exec(statement);
  commits = [];
  const observer = { committed: (jobs: number) => commits.push(jobs) };
  store = new SqliteStore({ reader: connection, writer: connection, clock: new FakeClock(), release: () => undefined, observer });
});
afterEach(() => store.close());

const id = (i: number) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;
const insert = (i: number, label = '') => store.write(TENANT, (writer) => writer.insert(group, { id: id(i), label }));
const codes = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.map((o) => (o.status === 'rejected' ? o.reason.code : 'done'));
const count = () => store.read(TENANT, (reader) => reader.count({ from: group, scope: {} }));

describe('group commit', () => {
  it('puts what arrives together into one transaction, up to a limit', async () => {
    await Promise.all(Array.from({ length: 600 }, (_, i) => insert(i)));
    await insert(1000);
    // On a busy machine a group may also end because it takes long.
    expect(commits.reduce((sum, jobs) => sum + jobs)).toBe(601);
    expect(Math.max(...commits)).toBeLessThanOrEqual(512);
    expect(Math.max(...commits)).toBeGreaterThan(50);
    expect(commits.at(-1)).toBe(1);
  });

  it('B9 divides what takes long, so that the process does other things between its parts', async () => {
    const slow = (i: number) =>
      store.write(TENANT, async (writer) => {
        for (const until = performance.now() + GROUP_MS / 2; performance.now() < until; );
        await writer.insert(group, { id: id(i), label: '' });
      });
    const writes = Promise.all(Array.from({ length: 8 }, (_, i) => slow(i)));
    const seen = new Set<number>();
    const watch = setInterval(() => seen.add(commits.length), 1);
    await writes;
    clearInterval(watch);
    expect(commits.reduce((sum, jobs) => sum + jobs)).toBe(8);
    expect(Math.max(...commits)).toBeLessThanOrEqual(3);
    expect(seen.size).toBeGreaterThanOrEqual(2);
    expect(await count()).toBe(8);
  });

  it('tells everybody in the group when the commit fails, and stores nothing of it', async () => {
    await insert(0);
    connection.exec('PRAGMA foreign_keys = ON');
    connection.exec('CREATE TABLE parent (id INTEGER PRIMARY KEY)');
    connection.exec('CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)');
    connection.exec('CREATE TRIGGER doom AFTER INSERT ON "group" WHEN NEW.label = \'doom\' BEGIN INSERT INTO child VALUES (1); END');
    const outcomes = await Promise.allSettled([insert(1), insert(0), insert(2, 'doom')]);
    expect(codes(outcomes)).toEqual(['storeUnavailable', 'alreadyExists', 'storeUnavailable']);
    expect(await count()).toBe(1);
    await insert(3);
    expect(await count()).toBe(2);
  });

  it('does not lose the jobs before or after one whose error ends the transaction', async () => {
    connection.exec("CREATE TRIGGER doom BEFORE INSERT ON \"group\" WHEN NEW.label = 'doom' BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
    const outcomes = await Promise.allSettled([insert(1), insert(2, 'doom'), insert(3), insert(4)]);
    expect(codes(outcomes)).toEqual(['done', 'storeUnavailable', 'done', 'done']);
    expect(await count()).toBe(3);
  });

  it('does not let work go on that swallowed such an error', async () => {
    connection.exec("CREATE TRIGGER doom BEFORE INSERT ON \"group\" WHEN NEW.label = 'doom' BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
    const stubborn = async (writer: Writer) => {
      await writer.insert(group, { id: id(1), label: 'doom' }).catch(() => undefined);
      await writer.insert(group, { id: id(2), label: '' }).catch(() => undefined);
    };
    const outcomes = await Promise.allSettled([store.write(TENANT, stubborn)]);
    const among = await Promise.allSettled([insert(5), store.write(TENANT, stubborn), insert(6)]);
    expect([codes(outcomes), codes(among)]).toEqual([['storeUnavailable'], ['done', 'storeUnavailable', 'done']]);
    expect(await count()).toBe(2);
  });

  it('runs the others again when one fails after a change, each by itself', async () => {
    let runs = 0;
    const failing = (i: number) =>
      store.write(TENANT, async (writer) => {
        runs++;
        await writer.insert(group, { id: id(i), label: 'gone' });
        throw new AppError('preconditionFailed', 'as planned');
      });
    const outcomes = await Promise.allSettled([insert(1), failing(2), insert(3), failing(4), insert(5)]);
    expect(codes(outcomes)).toEqual(['done', 'preconditionFailed', 'done', 'preconditionFailed', 'done']);
    expect([await count(), runs, commits]).toEqual([3, 2, [4]]);
  });

  it('blames nobody who looks for the row that somebody else could not add', async () => {
    await insert(0);
    const look = () =>
      store.write(TENANT, async (writer) => {
        const found = await writer.count({ from: group, scope: {} });
        await writer.insert(group, { id: id(9), label: String(found) });
        return found;
      });
    const outcomes = await Promise.allSettled([insert(1), insert(0), look(), insert(2)]);
    expect(codes(outcomes)).toEqual(['done', 'alreadyExists', 'done', 'done']);
    expect(outcomes[2]).toMatchObject({ value: 2 });
    expect(await count()).toBe(4);
  });

  it('survives a group in which nearly every job ends the transaction', async () => {
    connection.exec("CREATE TRIGGER doom BEFORE INSERT ON \"group\" WHEN NEW.label = 'doom' BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
    const outcomes = await Promise.allSettled([insert(1, 'doom'), insert(2, 'doom'), insert(3), insert(4, 'doom'), insert(5)]);
    expect(codes(outcomes)).toEqual(['storeUnavailable', 'storeUnavailable', 'done', 'storeUnavailable', 'done']);
  });

  it('survives a full disk', async () => {
    await insert(0);
    connection.exec('PRAGMA max_page_count = 12');
    const outcomes = await Promise.allSettled([insert(1, 'x'), insert(2, 'x'.repeat(100_000)), insert(3, 'x')]);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'storeUnavailable' } });
    expect(await count()).toBe(1 + outcomes.filter((o) => o.status === 'fulfilled').length);
    connection.exec('PRAGMA max_page_count = 100000');
    await insert(4);
  });

  it('refuses a writer that outlives its work', async () => {
    let kept: Writer | undefined;
    await store.write(TENANT, async (writer) => {
      kept = writer;
    });
    await expect(kept!.insert(group, { id: id(1), label: '' })).rejects.toMatchObject({ code: 'internal' });
  });

  it('adds items of one place in one run of the work, and each by itself where the work fails', async () => {
    const runs: number[][] = [];
    const append = (place: string, i: number) =>
      store.append(TENANT, {
        place,
        item: i,
        work: async (appender, items) => {
          runs.push([...items]);
          if (items.includes(3)) throw new AppError('preconditionFailed', 'before any change');
          await appender.insert(group, ...items.map((item) => ({ id: id(item), label: place })));
          if (items.includes(4)) throw new AppError('preconditionFailed', 'behind a change');
          return items.map((item) => (item === 5 ? new AppError('invalidValue', 'this one alone') : item));
        },
      });
    expect(await Promise.all([append('a', 0), append('b', 1), append('a', 2)])).toEqual([0, 1, 2]);
    expect(runs.splice(0)).toEqual([[0, 2], [1]]);
    const early = await Promise.allSettled([append('a', 3), append('a', 10), append('a', 5), append('b', 11)]);
    expect(codes(early)).toEqual(['preconditionFailed', 'done', 'invalidValue', 'done']);
    expect(runs.splice(0).slice(0, 2)).toEqual([[3, 10, 5], [11]]);
    const late = await Promise.allSettled([append('a', 4), append('a', 12), append('b', 13)]);
    expect(codes(late)).toEqual(['preconditionFailed', 'done', 'done']);
    expect(await count()).toBe(8);
  });
});
