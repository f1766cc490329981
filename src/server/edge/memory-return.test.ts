import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openEdge } from '../../../test/support/edge-fixture.ts';

const MIB = 1024 ** 2;
const inUse = (): number => process.memoryUsage().arrayBuffers / MIB;

it('A3 memory that a burst of answers has taken is given back soon after', { timeout: 60_000 }, async () => {
  const large = async () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(16 * MIB) });
  await using edge = await openEdge({ handle: large });
  const before = inUse();
  let most = before;
  for (let round = 0; round < 6; round++) {
    await edge.send('GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    edge.observations.length = 0; // which hold the answers
    most = Math.max(most, inUse());
  }
  expect(most).toBeGreaterThan(before + 32);
  await expect
    .poll(
      async () => {
        await sleep(200);
        return inUse();
      },
      { timeout: 15_000, interval: 500 },
    )
    .toBeLessThan(before + 8);
});
