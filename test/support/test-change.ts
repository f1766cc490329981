import { createVault } from '../../src/domain/secrets/vault.ts';
import type { UnitOfWork } from '../../src/domain/unit-of-work.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import type { Writer } from '../../src/store/contract.ts';

/** A vault that every test of a process shares. */
export const testVault = createVault([new Uint8Array(32).fill(7)]);

/** A change as the API makes one, by nobody in particular. */
export const testChange = (writer: Writer, parts: Partial<UnitOfWork> & { readonly tenantId?: string } = {}): UnitOfWork => {
  const { tenantId = '11111111-1111-4111-8111-111111111111', ...given } = parts;
  const caller = { tenantId, kind: 'application', clientId: 'test', subject: 'test', permissions: new Set<string>() } as const;
  return {
    writer,
    now: '2026-01-01T00:00:00Z',
    newId: uuidV4,
    origin: { caller, correlationId: uuidV4() },
    vault: testVault,
    ...given,
  };
};
