import type { Clock } from '../../lib/clock.ts';
import { typedWriter } from '../contract.ts';
import { AppendWaves, type WaveParts } from './append-waves.ts';
import { AppendWriter } from './append-writer.ts';
import type { PreparedReads } from './prepared-reads.ts';
import type { QueuedJob } from './queued-job.ts';
import { LookUps } from './snapshots/look-ups.ts';
import { lockTenants } from './tenant-locks.ts';
import type { Tenants } from './tenants.ts';
import { WorkGuard } from './work-guard.ts';

/** What groups are run with. */
export interface GroupParts extends WaveParts {
  readonly reads: PreparedReads;
  readonly tenants: Tenants;
  readonly clock: Clock;
}

/** How a job ended. */
export type Outcome =
  | { readonly job: QueuedJob; readonly value: unknown }
  | { readonly job: QueuedJob; readonly error: unknown; readonly changed: boolean }
  | { readonly job: QueuedJob; readonly needsTenant: true; readonly changed: boolean };

/** The numbers of a transaction's tenants. New ones become known to others with its commit. */
export class GroupTenants {
  readonly #parts: Pick<GroupParts, 'tenants' | 'connection'>;
  readonly #found = new Map<string, number>();
  readonly #made = new Map<string, Promise<number>>();

  constructor(parts: Pick<GroupParts, 'tenants' | 'connection'>) {
    this.#parts = parts;
  }

  /** Finds those that are there. */
  async find(guids: ReadonlySet<string>): Promise<void> {
    const { tenants, connection } = this.#parts;
    const found = await Promise.all([...guids].map(async (guid) => [guid, await tenants.find(guid, connection)] as const));
    for (const [guid, number] of found) if (number !== undefined) this.#found.set(guid, number);
  }

  numberOf(guid: string): number | undefined {
    return this.#found.get(guid);
  }

  /** The number, made if need be. */
  make(guid: string): Promise<number> {
    let made = this.#made.get(guid);
    if (made === undefined) {
      made = this.#parts.tenants.make(guid, this.#parts.connection);
      this.#made.set(guid, made);
      made.then((number) => this.#found.set(guid, number)).catch(() => undefined);
    }
    return made;
  }

  /** Those that were made up to now. */
  get made(): ReadonlySet<string> {
    return new Set(this.#made.keys());
  }

  /** What was made besides these was taken back. */
  forgetBut(kept: ReadonlySet<string>): void {
    for (const guid of this.#made.keys()) {
      if (kept.has(guid)) continue;
      this.#found.delete(guid);
      this.#made.delete(guid);
    }
  }

  committed(): void {
    this.#parts.tenants.committed([...this.#made.keys()].map((guid) => [guid, this.#found.get(guid)!] as const));
  }
}

/**
 * Runs jobs that append, side by side in one transaction, which it leaves open.
 * @returns how each ended, `finish` sends what is left and the commit
 */
export class AppendGroup {
  readonly #parts: GroupParts;
  readonly #waves: AppendWaves;
  readonly #tenants: GroupTenants;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.#waves = new AppendWaves(parts);
    this.#tenants = new GroupTenants(parts);
  }

  /** @throws an error of the database, when the transaction cannot begin */
  async run(jobs: readonly QueuedJob[]): Promise<Outcome[]> {
    const { connection } = this.#parts;
    const guids = new Set(jobs.map(({ tenantId }) => tenantId));
    const unknown = new Set([...guids].filter((guid) => this.#parts.tenants.known(guid) === undefined));
    const begun = [connection.run({ text: 'BEGIN' }), lockTenants(connection, guids, 'shared')];
    for (const begin of begun) begin.catch(() => undefined);
    // Their numbers are mostly known; then the jobs' first questions need not wait for the answers.
    const found = this.#tenants.find(guids);
    if (unknown.size > 0) await Promise.all([...begun, found]);
    await found;
    const lookUps = new LookUps();
    const outcomes = Promise.all(jobs.map((job) => this.#runOne(job, lookUps)));
    await Promise.all(begun);
    return await outcomes;
  }

  get changed(): boolean {
    return this.#waves.changed;
  }

  /** Commits. @returns whether the database says so. @throws what went wrong first */
  async commit(): Promise<boolean> {
    this.#waves.finish();
    const committing = this.#parts.connection.run({ text: 'COMMIT' });
    committing.catch(() => undefined);
    await this.#waves.settled();
    const { command } = await committing;
    if (command !== 'COMMIT') return false;
    this.#tenants.committed();
    return true;
  }

  /** Resolves when nothing is under way any more, whatever came of it. */
  async quiet(): Promise<void> {
    await this.#waves.settled().catch(() => undefined);
  }

  async #runOne(job: QueuedJob, lookUps: LookUps): Promise<Outcome> {
    const guard = new WorkGuard();
    const { reads, clock, connection } = this.#parts;
    const writer = new AppendWriter({
      reads,
      clock,
      connection,
      guard,
      lookUps,
      waves: this.#waves,
      tenant: () => this.#tenants.numberOf(job.tenantId),
      ownTenant: () => this.#tenants.make(job.tenantId),
    });
    try {
      const value = await guard.run(() => job.work(typedWriter(writer)));
      if (writer.needsTenant) return { job, needsTenant: true, changed: writer.changed };
      return { job, value };
    } catch (error) {
      if (writer.needsTenant) return { job, needsTenant: true, changed: writer.changed };
      return { job, error, changed: writer.changed };
    }
  }
}
