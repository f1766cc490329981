import { typedWriter } from '../contract.ts';
import { AloneWriter } from './alone-writer.ts';
import { type GroupParts, GroupTenants, type Outcome } from './append-group.ts';
import { isConflict } from './errors.ts';
import type { QueuedJob } from './queued-job.ts';
import { lockTenants } from './tenant-locks.ts';
import type { UpdateRow } from './update-row.ts';
import { WorkGuard } from './work-guard.ts';

/** What a group of jobs that are alone is run with. */
export interface AloneGroupParts extends GroupParts {
  readonly updates: UpdateRow;
  /** Whether a job that fails takes back its own changes only, which costs two statements for each. */
  readonly guarded: boolean;
}

/** Runs jobs one after the other in one transaction that has their tenants to itself. */
export class AloneGroup {
  readonly #parts: AloneGroupParts;
  readonly #tenants: GroupTenants;
  /** Whether anything is changed that was not taken back. */
  changed = false;

  constructor(parts: AloneGroupParts) {
    this.#parts = parts;
    this.#tenants = new GroupTenants(parts);
  }

  /**
   * Runs them, up to the first that fails with changes that cannot be taken back alone.
   * @throws an error of the database that took the whole transaction with it
   */
  async run(jobs: readonly QueuedJob[]): Promise<Outcome[]> {
    const { connection } = this.#parts;
    const guids = new Set(jobs.map(({ tenantId }) => tenantId));
    await Promise.all([connection.run({ text: 'BEGIN' }), lockTenants(connection, guids, 'alone')]);
    await this.#tenants.find(guids);
    const outcomes: Outcome[] = [];
    for (const job of jobs) {
      const outcome = await this.#runOne(job);
      outcomes.push(outcome);
      if ('error' in outcome && outcome.changed && !this.#parts.guarded) break;
    }
    return outcomes;
  }

  /** Commits. @returns whether the database says so */
  async commit(): Promise<boolean> {
    const { command } = await this.#parts.connection.run({ text: 'COMMIT' });
    if (command !== 'COMMIT') return false;
    this.#tenants.committed();
    return true;
  }

  async #runOne(job: QueuedJob): Promise<Outcome> {
    const guard = new WorkGuard();
    const { connection, guarded, ...parts } = this.#parts;
    const before: Promise<unknown>[] = [];
    const made = this.#parts.guarded ? this.#tenants.made : NONE;
    const writer = new AloneWriter({
      ...parts,
      connection,
      guard,
      tenant: () => this.#tenants.numberOf(job.tenantId),
      ownTenant: () => this.#tenants.make(job.tenantId),
      beforeChange: () => {
        if (!guarded) return;
        const saved = connection.run({ text: 'SAVEPOINT job' });
        saved.catch(() => undefined);
        before.push(saved);
      },
    });
    try {
      const value = await guard.run(() => job.work(typedWriter(writer)));
      if (writer.failure !== undefined) throw writer.failure.error; // the work has swallowed it
      if (writer.changed && guarded) await connection.run({ text: 'RELEASE job' });
      this.changed ||= writer.changed;
      return { job, value };
    } catch (error) {
      await Promise.all(before);
      if (writer.failure !== undefined && isFatal(writer.failure.error)) throw writer.failure.error;
      if (guarded && writer.changed) {
        await connection.run({ text: 'ROLLBACK TO job' });
        await connection.run({ text: 'RELEASE job' });
        this.#tenants.forgetBut(made);
      } else this.changed ||= writer.changed;
      // Without a savepoint a statement that failed has ended the transaction, even one that only read.
      return { job, error, changed: writer.changed || writer.failure !== undefined };
    }
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Whether an error is no fault of the job's. */
const isFatal = (error: unknown): boolean =>
  !(error instanceof Error && 'severity' in error && error.severity === 'ERROR') || isConflict(error);
