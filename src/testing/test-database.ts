import pg from 'pg';
import { inject } from 'vitest';
import './postgres-broker.ts';

/** A database of its own in the run's PostgreSQL. */
export interface TestDatabase {
  readonly url: string;
  /** Runs one statement as the server's administrator. */
  query(text: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

let made = 0;

/** Makes an empty database in the PostgreSQL that all tests of the run share, which the first of them starts. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const answer = await fetch(`http://127.0.0.1:${inject('postgresBroker')}/`);
  const server = await answer.text();
  if (!answer.ok) throw new Error(server);
  const name = `test_${process.pid}_${++made}`;
  await once(server, `CREATE DATABASE ${name}`);
  const url = server.replace(/\/postgres$/, `/${name}`);
  return {
    url,
    query: (text) => once(url, text),
    drop: async () => {
      await once(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function once(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
