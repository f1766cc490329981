import { randomBytes } from 'node:crypto';
import { addDeltas, countForPolicy, countForUser, type Deltas, stateCountChange } from '../src/domain/accounting.ts';
import type { Change } from '../src/domain/change.ts';
import { newRow } from '../src/domain/entity-rules.ts';
import { hardwareFamily as family } from '../src/domain/policy-family.ts';
import { recountPolicy } from '../src/domain/recount.ts';
import { rulesFor } from '../src/domain/rules.ts';
import { createVault, KEY_BYTES } from '../src/domain/vault.ts';
import { newest } from '../src/edm/date-time-offset.ts';
import type { Row } from '../src/edm/primitive.ts';
import { AppError } from '../src/lib/app-error.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { Store } from '../src/store/contract.ts';
import { newConfiguration } from './client.ts';
import { batches, type DeviceStateBody, fleet } from './device-states.ts';
import { seededId } from './uuid-v7.ts';

/** A policy to make, and how many device states. */
export interface SeededPolicy {
  readonly policyId: string;
  readonly rows: number;
}

/** Rows in one transaction. */
const BATCH = 20_000;

/** Who changes what, and the ids of what it makes. */
type Origin = Pick<Change, 'writer' | 'newId'> & { readonly tenantId: string };

const changeOf = ({ tenantId, writer, newId }: Origin): Change => ({
  writer,
  now: new Date(systemClock.now()).toISOString(),
  newId,
  origin: {
    caller: { tenantId, kind: 'application', clientId: 'bench', subject: 'bench', permissions: new Set() },
    correlationId: seededId(0),
  },
  vault: createVault([randomBytes(KEY_BYTES)]), // nothing here is secret
});

/**
 * Makes a hardware configuration with the device states of a fleet. The rows go straight into the store; the counters go through the
 * rules' own accounting, once for each user instead of once for each row: {@link checkPolicy} compares them with a full recount.
 */
export async function seedPolicy(store: Store, tenantId: string, { policyId, rows }: SeededPolicy): Promise<void> {
  await store.write(tenantId, async (writer) => {
    const values = { ...newConfiguration(`${rows} states`), description: null, roleScopeTagIds: ['0'], perDevicePasswordDisabled: false };
    await rulesFor(family.policy).create(changeOf({ tenantId, writer, newId: () => policyId }), values);
  });
  let index = 0;
  const newId = (): string => seededId(index++);
  for (const states of batches(fleet(rows), BATCH)) {
    await store.write(tenantId, (writer) => insertBatch(changeOf({ tenantId, writer, newId }), policyId, states));
  }
}

/** Compares a policy's counters with a full recount. @throws internal when they differ */
export async function checkPolicy(store: Store, tenantId: string, policyId: string): Promise<void> {
  await store.read(tenantId, async (reader) => {
    for await (const { entity, column, stored, counted } of recountPolicy(family, reader, policyId)) {
      throw new AppError('internal', `The seeded counters are wrong: ${entity} ${column} is ${stored}, the rows add up to ${counted}.`);
    }
  });
}

async function insertBatch(change: Change, policyId: string, states: readonly DeviceStateBody[]): Promise<void> {
  const users = new Map<string, { add: Deltas; time: string }>();
  let lastRun: string | null = null;
  let summary: Deltas = {};
  for (const state of states) {
    await change.writer.insert(family.deviceState, newRow(family.deviceState, change, { ...(state as unknown as Row), policyId }));
    const time = state.lastStateUpdateDateTime;
    const known = users.get(state.upn);
    const add = addDeltas(known?.add ?? {}, { [family.countColumn[state.configurationState]]: 1 });
    users.set(state.upn, { add, time: newest(known?.time ?? null, time)! });
    lastRun = newest(lastRun, time);
    summary = addDeltas(summary, stateCountChange(family, [undefined, state as unknown as Row]));
  }
  // All are asked at once: a database that is another process counts them in one statement then.
  const counted = await Promise.all([...users].map(([upn, user]) => countForUser(family, change, { policyId, upn, ...user })));
  for (const each of counted) summary = addDeltas(summary, each.summary);
  await countForPolicy(family, change, { policyId, add: summary, time: lastRun! });
}
