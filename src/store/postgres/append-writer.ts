import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import type { Accumulation, Key, RowWriter } from '../contract.ts';
import type { AppendWaves } from './append-waves.ts';
import { reachedByPlan } from './reached-by-plan.ts';
import { PostgresReader, type ReaderParts } from './reader.ts';

/** What an appending writer works with besides. */
export interface AppendParts extends ReaderParts {
  readonly waves: AppendWaves;
  /** The tenant's number, made if need be. */
  readonly ownTenant: () => Promise<number>;
}

/** The job must run again, with its tenant to itself. */
export class NeedsTenant extends AppError {
  constructor() {
    super('internal', 'This work needs its tenant to itself, and is run again.');
  }
}

/**
 * The writer of a job that shares its tenant with others that run at the same time. It adds rows of types that are declared for that,
 * counts in them, and reads of others, which nobody changes meanwhile; anything else ends it with {@link NeedsTenant}.
 */
export class AppendWriter extends PostgresReader implements RowWriter {
  readonly #parts: AppendParts;
  /** Whether this job has changed anything. */
  changed = false;
  needsTenant = false;

  constructor(parts: AppendParts) {
    super(parts);
    this.#parts = parts;
  }

  override select(plan: SelectPlan): Promise<Row[]> {
    return this.#reading(plan, () => super.select(plan));
  }

  override count(rows: RowSet): Promise<number> {
    return this.#reading(rows, () => super.count(rows));
  }

  insert(type: EntityType, row: Row): Promise<void> {
    return this.#appending(type, true, async () => this.#parts.waves.insert(type, row, await this.#numberFor(type)));
  }

  accumulate(type: EntityType, accumulation: Accumulation): Promise<Row> {
    const slotted = type.storage?.slotted === true;
    // What slots come to is not known without waiting for everybody who counts.
    const isAnswered = !slotted || accumulation.returns?.length === 0;
    return this.#appending(type, isAnswered, async () => {
      const tenant = await this.#numberFor(type);
      if (!slotted) return this.#parts.waves.count(type, accumulation, tenant);
      this.#parts.waves.addToSlot(type, accumulation, tenant);
      return {};
    });
  }

  update(_type: EntityType, _key: Key, _changes: Row): Promise<boolean> {
    return this.#giveUp();
  }

  delete(_rows: RowSet, _limit?: number): Promise<number> {
    return this.#giveUp();
  }

  #reading<T>(plan: RowSet & Partial<SelectPlan>, read: () => Promise<T>): Promise<T> {
    for (const type of reachedByPlan(plan)) if (type.storage?.concurrent === true) return this.#giveUp();
    return read();
  }

  #appending<T>(type: EntityType, isPossible: boolean, append: () => Promise<T>): Promise<T> {
    if (type.storage?.concurrent !== true || !isPossible) return this.#giveUp();
    return this.ask(() => {
      this.changed = true;
      return append();
    });
  }

  async #numberFor(type: EntityType): Promise<number> {
    return type.storage?.global === true ? 0 : (this.parts.tenant() ?? this.#parts.ownTenant());
  }

  #giveUp(): Promise<never> {
    this.needsTenant = true;
    const error = new NeedsTenant();
    this.parts.guard.giveUp(error);
    return Promise.reject(error);
  }
}
