import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { torturePostgres } from '../../bench/torture-postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'muster-torture-'));
chmodSync(folder, 0o700);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// The long run of the same thing is `npm run torture -- --store postgres`.
test('B2 two servers that are killed, on a database that is killed, frozen and cut off, lose nothing and do nothing twice', {
  timeout: 400_000,
}, async () => {
  const report = await torturePostgres({ folder, kills: 6, connections: 8, writeMs: [100, 500], seed: 3 });
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(6);
  expect(report.acknowledged).toBeGreaterThan(20);
  expect(report.harms.killed + report.harms.frozen + report.harms.cut).toBeGreaterThan(1);
});
