import { Duplex } from 'node:stream';
import type pg from 'pg';
import { expect, it } from 'vitest';
import { PostgresConnection } from './connection.ts';
import { DatabaseState } from './database-state.ts';
import type { WatchedClient } from './silence-watch.ts';

/** A connection with a client that answers every statement with its text. @param inside what the client has of its own inside */
const connectionWith = (inside: object): PostgresConnection => {
  const client = {
    ...inside,
    asked: () => undefined,
    answered: () => undefined,
    query: ({ text }: { text: string }, done: (error: null, result: object) => void) =>
      done(null, { rows: [[text]], rowCount: 1, command: 'SELECT' }),
    release: () => undefined,
  };
  return new PostgresConnection(client as unknown as WatchedClient & pg.PoolClient, new DatabaseState(() => undefined));
};

it.each([
  ['shows no connection', {}],
  ['has a connection without a socket', { connection: {} }],
  ['has a socket that cannot gather', { connection: { stream: { write: () => true } } }],
])('B13 works with a client of pg that %s', async (_what, inside) => {
  const connection = connectionWith(inside);
  expect((await connection.run({ text: 'SELECT 1' })).rows).toEqual([['SELECT 1']]);
});

it('B13 gathers what is sent in one go where the client lets it', async () => {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const connection = connectionWith({ connection: { stream } });
  const runs = [connection.run({ text: 'SELECT 1' }), connection.run({ text: 'SELECT 2' })];
  expect(stream.writableCorked).toBe(1);
  await Promise.all(runs);
  await new Promise(setImmediate);
  expect(stream.writableCorked).toBe(0);
});
