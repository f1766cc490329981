import type { SeedOptions } from './seeds.ts';
import type { SpawnOptions } from './spawned-server.ts';

export type StoreName = 'sqlite' | 'postgres';

/** A database that Muster and a yardstick are measured on. */
export interface Backend {
  readonly store: StoreName;
  /** Makes the databases of a run, with the same rows for both. @throws internal when a counter is wrong */
  prepare(seeding: SeedOptions): Promise<Prepared>;
}

/** Databases that are ready to be served. */
export interface Prepared extends AsyncDisposable {
  /** Muster's data folder, where its credentials are. */
  readonly folder: string;
  readonly muster: SpawnOptions;
  readonly yardstick: SpawnOptions;
  /** Makes a copy of Muster's data for the plain yardstick, where there is one for the store. */
  readonly plain?: () => SpawnOptions;
  /** Processes beside a server's own that work for it, now. */
  databasePids(): readonly number[];
  /** Recounts both after servers have stopped, with the rows that each was told are stored. @throws internal when one is wrong */
  check(added: { readonly muster: number; readonly yardstick: number }): Promise<void>;
}
