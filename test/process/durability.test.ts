import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { torture } from '../../bench/torture-run.ts';

const work = mkdtempSync(join(tmpdir(), 'muster-durability-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

// The long run of the same thing is `npm run torture`.
test('a server that is killed in the middle of writes loses nothing that it has acknowledged', { timeout: 120_000 }, async () => {
  const folder = join(work, 'data');
  mkdirSync(folder, { mode: 0o700 });
  const report = await torture({ folder, kills: 5, connections: 8, writeMs: [100, 300], seed: 7 });
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(5);
  expect(report.acknowledged).toBeGreaterThan(10);
});
