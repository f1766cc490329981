import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../src/lib/app-error.ts';
import { STATES } from './yardstick-json.ts';

const sums = (form: (state: number) => string): string => STATES.map((_, state) => form(state)).join();

/** Counts of users by the worst state that one of their devices has. */
const usersByWorst = sums((state) => {
  const better = STATES.slice(0, state).map((_, worse) => `d${worse} = 0`);
  return `sum(${[...better, `d${state} > 0`].join(' AND ')})`;
});

/** What counters must be, beside what they are; a row of the difference is a mistake. */
const COMPARISONS: readonly (readonly [counted: string, stored: string])[] = [
  [
    `SELECT policy, json ->> '$.upn' upn, max(time), ${sums((state) => `sum(state = ${state})`)} FROM states GROUP BY policy, upn`,
    `SELECT policy, upn, last, ${sums((state) => `d${state}`)} FROM users`,
  ],
  [
    `SELECT policy, max(last), ${sums((state) => `sum(d${state})`)}, ${usersByWorst} FROM users GROUP BY policy`,
    `SELECT policy, last, ${sums((state) => `d${state}`)}, ${sums((state) => `u${state}`)} FROM policies`,
  ],
];

/** Compares every counter of a SQLite yardstick with its rows. @returns how many rows there are. @throws internal at a difference */
export function recountYardstick(database: DatabaseSync): number {
  database.exec('PRAGMA temp_store = MEMORY');
  for (const [counted, stored] of COMPARISONS) {
    database.exec(`CREATE TEMP TABLE counted AS ${counted}`);
    const wrong = database
      .prepare(`SELECT * FROM (SELECT * FROM counted EXCEPT ${stored}) UNION ALL SELECT * FROM (${stored} EXCEPT SELECT * FROM counted)`)
      .get();
    if (wrong !== undefined) throw new AppError('internal', `The yardstick's counters are wrong: ${JSON.stringify(wrong)}`);
    database.exec('DROP TABLE counted');
  }
  return database.prepare('SELECT count(*) AS rows FROM states').get()!.rows as number;
}
