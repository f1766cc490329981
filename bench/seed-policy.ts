import { randomBytes } from 'node:crypto';
import { hardwareFamily as family } from '../src/domain/policies/families.ts';
import { rulesFor } from '../src/domain/rules.ts';
import { recountPolicy } from '../src/domain/run-states/recount.ts';
import { createVault, KEY_BYTES } from '../src/domain/secrets/vault.ts';
import type { UnitOfWork } from '../src/domain/unit-of-work.ts';
import { AppError } from '../src/lib/app-error.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { Store } from '../src/store/contract.ts';
import { newConfiguration } from './client.ts';
import { batches, fleet } from './device-states.ts';
import { seededId } from './uuid-v7.ts';

/** A policy to make, and how many device states. */
export interface SeededPolicy {
  readonly policyId: string;
  readonly rows: number;
}

/** Rows in one transaction. */
const BATCH = 20_000;

/** Who changes what, and the ids of what it makes. */
type Origin = Pick<UnitOfWork, 'writer' | 'newId'> & { readonly tenantId: string };

const changeOf = ({ tenantId, writer, newId }: Origin): UnitOfWork => ({
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
 * Makes a hardware configuration with the device states of a fleet, by Muster's own rules: {@link checkPolicy} compares the counters with
 * a full recount.
 */
export async function seedPolicy(store: Store, tenantId: string, { policyId, rows }: SeededPolicy): Promise<void> {
  await store.write(tenantId, async (writer) => {
    const values = { ...newConfiguration(`${rows} states`), description: null, roleScopeTagIds: ['0'], perDevicePasswordDisabled: false };
    await rulesFor(family.policy).create(changeOf({ tenantId, writer, newId: () => policyId }), values);
  });
  const rules = rulesFor(family.deviceState);
  let index = 0;
  const newId = (): string => seededId(index++);
  for (const states of batches(fleet(rows), BATCH)) {
    await store.write(tenantId, (writer) =>
      rules.append!(
        changeOf({ tenantId, writer, newId }),
        states.map((state) => ({ ...state, policyId })),
      ),
    );
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
