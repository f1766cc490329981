import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { testVault } from '../../../test/support/test-change.ts';
import { findWork, LEASE_MS } from '../../domain/jobs/background.ts';
import { FakeClock } from '../../lib/clock.ts';
import { uuidV4, uuidV7Generator } from '../../lib/ids.ts';
import { model } from '../../model/index.ts';
import { pendingWork } from '../../model/internal.ts';
import { NO_TENANT } from '../../store/contract.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import { startBackgroundWorker } from './background-worker.ts';

const HOUR_MS = 3_600_000;

test('A5 work is taken over when its lease no longer changes, whatever the clocks of other servers say', async () => {
  const clock = new FakeClock();
  const store = await openSqliteStore({ folder: ':memory:', types: model.stored, clock });
  const work = (leasedUntil: number) => {
    const progress = JSON.stringify({ types: [], column: 'policyId' });
    return { tenantId: uuidV4(), kind: 'remove', ownerId: uuidV4(), progress, leasedUntil };
  };
  const left = { untouched: work(0), dead: work(clock.now() + HOUR_MS), alive: work(clock.now() - HOUR_MS) };
  await store.write(NO_TENANT, async (writer) => {
    for (const row of Object.values(left)) await writer.insert(pendingWork, row);
  });
  const owners = async () => (await findWork(store)).map(({ ownerId }) => ownerId);
  const end = startBackgroundWorker({ store, clock, newId: uuidV7Generator(clock), vault: testVault }, () => undefined);
  const started = performance.now();
  // The server that is at `alive` is an hour behind, and says again and again that it is there.
  for (let round = 1; performance.now() - started < LEASE_MS + 3000; round++) {
    const { tenantId, kind, ownerId, leasedUntil } = left.alive;
    await store.write(NO_TENANT, (writer) => writer.update(pendingWork, { tenantId, kind, ownerId }, { leasedUntil: leasedUntil + round }));
    if (performance.now() - started < LEASE_MS - 1000) expect(await owners()).toContain(left.dead.ownerId);
    await sleep(300);
  }
  expect(await owners()).toEqual([left.alive.ownerId]);
  await end();
  await store.close();
});
