import pg from 'pg';
import { AppError } from '../src/lib/app-error.ts';
import { STATES } from './yardstick-json.ts';

const each = (form: (state: number) => string): string => STATES.map((_, state) => form(state)).join();

/** Counts of users by the worst state that one of their devices has. */
const usersByWorst = each((state) => {
  const better = STATES.slice(0, state).map((_, worse) => `d${worse} = 0`);
  return `count(*) FILTER (WHERE ${[...better, `d${state} > 0`].join(' AND ')})`;
});

/** What counters must be, beside what they are; a row of the difference is a mistake. */
const COMPARISONS: readonly (readonly [counted: string, stored: string])[] = [
  [
    `SELECT policy, json::json ->> 'upn' AS upn, max(time), ${each((state) => `count(*) FILTER (WHERE state = ${state})`)} FROM states GROUP BY 1, 2`,
    `SELECT policy, upn, last, ${each((state) => `d${state}`)} FROM users`,
  ],
  [
    `SELECT policy, max(last), ${each((state) => `sum(d${state})`)}, ${usersByWorst} FROM users GROUP BY policy`,
    `SELECT policy, max(last), ${each((state) => `sum(d${state})`)}, ${each((state) => `sum(u${state})`)} FROM counts GROUP BY policy`,
  ],
];

/** Compares every counter of a PostgreSQL yardstick with its rows. @throws internal at a difference, or when there are not so many rows */
export async function checkYardstick(url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [counted, stored] of COMPARISONS) {
      const different = `(${counted} EXCEPT ${stored}) UNION ALL (${stored} EXCEPT ${counted}) LIMIT 1`;
      const [wrong] = (await client.query(different)).rows;
      if (wrong !== undefined) throw new AppError('internal', `The yardstick's counters are wrong: ${JSON.stringify(wrong)}`);
    }
    const found = Number((await client.query('SELECT count(*) FROM states')).rows[0].count);
    if (found !== rows) throw new AppError('internal', `The yardstick has ${found} rows instead of ${rows}.`);
  } finally {
    await client.end();
  }
}
