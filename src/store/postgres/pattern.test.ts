import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.ts';
import { matchesPattern } from '../../query/evaluate/text.ts';
import { postgresPattern } from './pattern.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
}, 60_000);
afterAll(async () => {
  await client.end();
  await database.drop();
});

const atom = fc.constantFrom(
  'a',
  'B',
  '.',
  '\\d',
  '\\W',
  '\\s',
  '[a-c]',
  '[^a]',
  '[[:alpha:]_]',
  '\\p{Lu}',
  '\\P{L}',
  '\\x41',
  '\\.',
  '{',
  ']',
  'é',
  '😀',
);
const piece = fc
  .tuple(atom, fc.constantFrom('', '*', '+', '?', '*?', '{2}', '{1,2}', '{0,}'))
  .map(([what, often]) => (what === '{' ? what : what + often));
const pattern = fc.letrec<{ all: string; group: string }>((tie) => ({
  all: fc.array(fc.oneof({ weight: 4, arbitrary: piece }, tie('group')), { maxLength: 4 }).map((parts) => parts.join('')),
  group: fc.tuple(fc.constantFrom('(', '(?:'), tie('all'), tie('all')).map(([open, a, b]) => `${open}${a}|${b})`),
})).all;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '1', ' ', '\n', '_', '.', '{', 'é', 'É', '😀', '-'), maxLength: 6 });
const anchored = fc.tuple(fc.constantFrom('', '^'), pattern, fc.constantFrom('', '$')).map((parts) => parts.join(''));

it('matches what the evaluator matches', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(anchored, fc.array(text, { minLength: 5, maxLength: 5 }), async (given, texts) => {
      const { rows } = await client.query(
        'SELECT (t COLLATE "C") ~ $2 AS matches FROM unnest($1::text[]) WITH ORDINALITY AS u(t, at) ORDER BY at',
        [texts, postgresPattern(given)],
      );
      expect([given, texts, rows.map(({ matches }) => matches)]).toEqual([given, texts, texts.map((one) => matchesPattern(one, given))]);
    }),
    { numRuns: 300 },
  );
});

it('refuses what PostgreSQL has no words for', () => {
  for (const given of ['\\bx', '(?i)x', 'x{300}', '\\C', '[^\\D]', '\\p{Nonsense}']) {
    expect(() => postgresPattern(given), given).toThrow(expect.objectContaining({ code: 'unsupportedQueryOption' }));
  }
});
