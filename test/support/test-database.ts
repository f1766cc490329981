import pg from 'pg';
import { inject } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { model } from '../../src/model/index.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import './postgres-broker.ts';

/** A database of its own in the run's PostgreSQL. */
export interface TestDatabase {
  readonly url: string;
  /** Runs one statement as the server's administrator. */
  query(text: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

let made = 0;
let server: Promise<string> | undefined;
let template: Promise<string> | undefined;

/** Makes a database in the PostgreSQL that all tests of the run share, which the first of them starts. @param content nothing, or the tables of the model */
export async function createTestDatabase(content: 'nothing' | 'model' = 'nothing'): Promise<TestDatabase> {
  if (content === 'nothing') return createDatabase('');
  template ??= makeTemplate();
  return createDatabase(` TEMPLATE ${await template}`);
}

/** Copying a database is quicker than making its tables. */
async function makeTemplate(): Promise<string> {
  const { url } = await createDatabase('');
  await (await openPostgresStore({ address: { url }, types: model.stored, clock: systemClock })).close();
  return new URL(url).pathname.slice(1);
}

async function createDatabase(from: string): Promise<TestDatabase> {
  server ??= askForServer();
  const administrator = await server;
  const name = `test_${process.pid}_${++made}`;
  await once(administrator, `CREATE DATABASE ${name}${from} STRATEGY file_copy`);
  const url = administrator.replace(/\/postgres$/, `/${name}`);
  return {
    url,
    query: (text) => once(url, text),
    drop: async () => {
      await once(administrator, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function askForServer(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${inject('postgresBroker')}/`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
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
