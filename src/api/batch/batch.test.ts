import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../lib/http.ts';
import { OneByOne } from '../../lib/one-by-one.ts';
import { answerBatch } from './batch.ts';

/** The order in which parts run, with a handler that tells when it was called. */

const TURNS = 3;

/** What becomes of a part: what it waits for, how long it takes, and whether it fails. */
interface Planned {
  readonly dependsOn: readonly number[];
  readonly turns: number;
  readonly fails: boolean;
  readonly method: 'GET' | 'DELETE';
}

/** Parts in any order, each of which depends on some that come earlier in another order. */
const plans = fc.integer({ min: 1, max: 20 }).chain((size) =>
  fc
    .tuple(
      fc.array(
        fc.record({
          wanted: fc.array(fc.nat(19), { maxLength: 3 }),
          turns: fc.nat(TURNS),
          fails: fc.integer({ max: 4, min: 0 }),
          method: fc.constantFrom('GET', 'DELETE'),
        }),
        {
          minLength: size,
          maxLength: size,
        },
      ),
      fc.shuffledSubarray([...Array(size).keys()], { minLength: size }),
    )
    .map(([parts, rank]) =>
      parts.map(({ wanted, turns, fails, method }, index): Planned => {
        const dependsOn = wanted.filter((other) => other < size && rank[other]! < rank[index]!);
        return { dependsOn, turns, fails: fails === 0, method };
      }),
    ),
);

async function run(plan: readonly Planned[]) {
  const log: string[] = [];
  let firstTurn = true;
  const early = new Set<number>();
  const handle = async ({ target }: HttpRequest) => {
    const index = Number(target.split('/').at(-1));
    log.push(`start ${index}`);
    if (firstTurn) early.add(index);
    const { turns, fails } = plan[index]!;
    for (let turn = 0; turn < turns; turn++) await setTimeout(0);
    log.push(`end ${index}`);
    return { status: fails ? 400 : 200, headers: {} };
  };
  const requests = plan.map(({ dependsOn, method }, id) => ({ id, method, url: `x/${id}`, dependsOn }));
  const request = {
    method: 'POST',
    target: '/beta/$batch',
    headers: {},
    body: Buffer.from(JSON.stringify({ requests })),
    origin: 'http://localhost',
    requestId: 'batch',
  };
  const running = answerBatch(request, {
    handle,
    profile: 'docs',
    origin: 'http://localhost',
    version: 'beta',
    query: '',
    reads: new OneByOne(),
  });
  setImmediate(() => {
    firstTurn = false;
  });
  const { answer } = await running;
  const { responses } = JSON.parse(answer.body as string) as { responses: { id: string; status: number }[] };
  return { log, early, statuses: new Map(responses.map(({ id, status }) => [Number(id), status])) };
}

describe('a batch', () => {
  it('runs each part once, behind all that it depends on, and not at all where one of those failed', async () => {
    let refusedOnes = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const { log, early, statuses } = await run(plan);
        const blocked = (index: number): boolean => plan[index]!.dependsOn.some((other) => plan[other]!.fails || blocked(other));
        for (const [index, { dependsOn, fails, method }] of plan.entries()) {
          expect(statuses.get(index)).toBe(blocked(index) ? 424 : fails ? 400 : 200);
          expect(log.filter((line) => line === `start ${index}`)).toHaveLength(blocked(index) ? 0 : 1);
          // Writes begin together, so that they share a commit.
          if (dependsOn.length === 0 && method !== 'GET') expect(early).toContain(index);
          if (blocked(index)) refusedOnes += 1;
          else for (const other of dependsOn) expect(log.indexOf(`end ${other}`)).toBeLessThan(log.indexOf(`start ${index}`));
        }
        expect(statuses.size).toBe(plan.length);
      }),
    );
    expect(refusedOnes).toBeGreaterThan(0);
  });
});
