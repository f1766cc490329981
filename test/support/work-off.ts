import { doPiece, findWork } from '../../src/domain/jobs/background.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { uuidV7Generator } from '../../src/lib/ids.ts';
import type { Store } from '../../src/store/contract.ts';
import { testVault } from './test-change.ts';

/** Does pieces of what writes have left for later, whoever is at it. @param limits of pieces, and of rows in each. @returns how many pieces were done */
export async function workOff(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  limits: { readonly pieces?: number; readonly size?: number } = {},
): Promise<number> {
  const { pieces = Number.POSITIVE_INFINITY, size = 1000 } = limits;
  const parts = { store, clock, newId: uuidV7Generator(clock), vault: testVault };
  for (let done = 0; ; done++) {
    const [work] = done < pieces ? await findWork(store) : [];
    if (work === undefined) return done;
    await doPiece(parts, work, size);
  }
}
