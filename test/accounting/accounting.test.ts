import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { compareTenant, expectNoProblems, expectUnseen, type TenantUnderTest } from '../support/accounting-comparison.ts';
import { emptyTenant, noteNames } from '../support/accounting-model.ts';
import { FIRST, type Operation, operation } from '../support/accounting-operations.ts';
import type { Step, World } from '../support/accounting-step.ts';
import { stepOf } from '../support/accounting-steps.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { isShared } from '../support/test-store.ts';

/**
 * Run states are never wrong: after any sequence of requests, everything that a client can read is what a naive model of the rules
 * says, and the counters are what a full recount says. MUSTER_PROPERTY_RUNS asks for more sequences than the usual few.
 */

const numRuns = Number(process.env.MUSTER_PROPERTY_RUNS ?? propertyRuns(60));
const seed = process.env.MUSTER_PROPERTY_SEED === undefined ? {} : { seed: Number(process.env.MUSTER_PROPERTY_SEED) };
const PATIENCE = Math.max(isShared ? 300_000 : 60_000, numRuns * 2_000);

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

/** Two tenants that nobody has used, and what the model knows of them. */
async function freshWorld(): Promise<{ world: World; tenants: TenantUnderTest[] }> {
  const make = async (): Promise<TenantUnderTest> => {
    const tenantId = uuidV4();
    // Longer than the clock can advance in one sequence.
    return { api, tenantId, token: await api.token({ tenantId, lifetimeSeconds: 100 * 365 * 86_400 }), model: emptyTenant() };
  };
  const tenants = [await make(), await make()];
  return { tenants, world: { tenants: tenants.map(({ model }) => model), now: () => new Date(api.clock.now()).toISOString() } };
}

const send = (tenants: readonly TenantUnderTest[], { method, path, body, tenant }: Step) =>
  api.request(method, path, { token: tenants[tenant]!.token, ...(body === undefined ? {} : { body }) });

/** What a client sent stands in the answer as it was sent. */
function expectEcho(step: Step, answer: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(step.body ?? {})) {
    if (!name.includes('@') && name in answer && name !== 'target') expect([name, answer[name]]).toEqual([name, value]);
  }
}

async function play(world: World, tenants: readonly TenantUnderTest[], operations: readonly Operation[]): Promise<void> {
  for (const each of operations) {
    if (each.kind === 'wait') api.clock.advance(each.milliseconds);
    if (each.kind === 'check') for (const tenant of tenants) await compareTenant(tenant);
    const step = stepOf(world, each);
    if (step === undefined) continue;
    const answer = await send(tenants, step);
    expect([step.method, step.path, answer.status, answer.text]).toEqual([step.method, step.path, step.status, answer.text]);
    if (step.status >= 300) continue;
    if (answer.status !== 204) expectEcho(step, answer.body);
    step.settle?.(answer.body);
    for (const tenant of world.tenants) noteNames(tenant);
  }
}

test('after any sequence of requests everything reads as the model says, and as a full recount says', { timeout: PATIENCE }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60, size: 'max' }), async (operations) => {
      const { world, tenants } = await freshWorld();
      await play(world, tenants, [...FIRST, ...operations]);
      for (const tenant of tenants) await compareTenant(tenant);
      await expectUnseen(tenants[0]!, tenants[1]!);
      await expectUnseen(tenants[1]!, tenants[0]!);
    }),
    { numRuns, ...seed },
  );
});

test('requests that arrive together leave counters that a full recount confirms', { timeout: PATIENCE }, async () => {
  const sequence = fc.array(operation, { maxLength: 15, size: 'max' });
  const batch = fc.array(operation, { minLength: 2, maxLength: 25, size: 'max' });
  await fc.assert(
    fc.asyncProperty(sequence, batch, async (operations, together) => {
      const { world, tenants } = await freshWorld();
      await play(world, tenants, [...FIRST, ...operations]);
      const steps = together.map((each) => stepOf(world, each)).filter((step) => step !== undefined);
      const answers = await Promise.all(steps.map((step) => send(tenants, step)));
      for (const answer of answers) expect([200, 201, 204, 400, 404, 409]).toContain(answer.status);
      for (const tenant of tenants) await expectNoProblems(tenant);
    }),
    { numRuns, ...seed },
  );
});
