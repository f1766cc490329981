import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/contract.ts';
import { dataConformance } from './store-conformance-data.ts';
import { linkConformance } from './store-conformance-links.ts';
import { pagingConformance } from './store-conformance-paging.ts';
import { queryConformance } from './store-conformance-queries.ts';
import { transactionConformance } from './store-conformance-transactions.ts';

/**
 * What every store must do, as a Vitest suite: `storeConformance('sqlite', open)`. Imports the store contract, `query`, `edm` and
 * `lib`; needs Vitest and fast-check. The model is in `store-conformance-model.ts`; each other file is one chapter.
 */

/** A store under test, empty when it is opened. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens the same data again. */
  reopen(): Promise<Store>;
  /** Closes the store and removes its data. */
  dispose(): Promise<void>;
}

/** Gives the chapters the store of the running test. */
export interface StoreAccess {
  /** The open store. */
  readonly store: () => Store;
  readonly reopen: () => Promise<void>;
  /** A tenant that no other test, and no other run of a property, uses. */
  readonly freshTenant: () => string;
  /** How often a property is tried. @param usual of a store that is tried in full */
  readonly runs: (usual: number) => number;
}

/**
 * Declares the suite.
 * @param openStore opens an empty store of `conformanceTypes` with `conformanceClock`
 * @param share of the usual runs of each property: less than 1 where the same store is tried in full, too, and only the way into it differs
 */
export function storeConformance(name: string, openStore: () => Promise<StoreUnderTest>, share = 1): void {
  let underTest: StoreUnderTest;
  let store: Store;
  let tenants = 0;
  const access: StoreAccess = {
    store: () => store,
    reopen: async () => {
      store = await underTest.reopen();
    },
    freshTenant: () => `00000000-0000-4000-8000-${String(++tenants).padStart(12, '0')}`,
    runs: (usual) => Math.ceil(usual * share),
  };
  describe(`${name} conforms to the store contract`, () => {
    beforeEach(async () => {
      underTest = await openStore();
      store = underTest.store;
    });
    afterEach(() => underTest.dispose());
    dataConformance(access);
    queryConformance(access);
    pagingConformance(access);
    transactionConformance(access);
    linkConformance(access);
  });
}
