import pg from 'pg';
import { afterAll, expect } from 'vitest';
import { citusDatabase } from './citus-database.ts';
import { explainStatement, isPlanned, isRouted, type Sent } from './explain-statement.ts';
import { watchStatements } from './sent-statements.ts';

/** Set-up of every test file on Citus: whatever its tests have the store send, Citus must plan as one task on one machine. */

const sent: Sent[] = [];
watchStatements((text, values) => {
  if (isPlanned({ text, values })) sent.push({ text, values });
});

afterAll(async () => {
  const all = [...sent];
  const client = new pg.Client({ connectionString: (await citusDatabase()).url });
  await client.connect();
  const spread: Record<string, string> = {};
  for (const statement of all) {
    const plan = await explainStatement(statement, client).catch((error: unknown) => `Distributed Subplan? ${String(error)}`);
    if (!isRouted(plan)) spread[statement.text] = plan.slice(0, 600);
  }
  await client.end();
  process.stdout.write(`${all.length - Object.keys(spread).length} of ${all.length} statements are one task on one machine\n`);
  expect(all.length).toBeGreaterThan(0);
  expect(Object.fromEntries(Object.entries(spread).slice(0, 10)), 'statements that are spread or refused').toEqual({});
}, 600_000);
