import { expect, test } from 'vitest';
import { type KeyHolder, Stragglers } from './key-holders.ts';

const holder = (said: number): KeyHolder => ({ id: 'a', name: 'a', keyIds: [], sealsWith: 'old', said });

test('A5 a server is gone when it has said nothing new for as long as a lease, whatever its clock says', async () => {
  const stragglers = new Stragglers(1200);
  const ahead = holder(Number.MAX_SAFE_INTEGER);
  const started = performance.now();
  await stragglers.untilNone(async () => [ahead].filter((one) => !stragglers.isGone(one)), 'x');
  expect(performance.now() - started).toBeGreaterThan(1200);
  expect([ahead, holder(1)].map(stragglers.isGone)).toEqual([true, false]);
});

test('A5 a server that says something is waited for, though its clock is far behind', async () => {
  const stragglers = new Stragglers(1200);
  const started = performance.now();
  const find = async () => {
    const elapsed = performance.now() - started;
    const behind = elapsed < 3500 ? [holder(Math.floor(elapsed / 400))] : [];
    return behind.filter((one) => !stragglers.isGone(one));
  };
  await stragglers.untilNone(find, 'x');
  expect(performance.now() - started).toBeGreaterThanOrEqual(3500);
});
