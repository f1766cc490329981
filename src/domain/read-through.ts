import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import type { RowSet, SelectPlan } from '../query/plan.ts';
import type { Accumulation, Key, Reader, Writer } from '../store/contract.ts';

/** A writer whose reads go through another reader. A class: every write makes some, and objects full of closures cost more. */
export class ReadThrough implements Writer {
  protected readonly writer: Writer;
  readonly #reader: Reader;

  constructor(writer: Writer, reader: Reader) {
    this.writer = writer;
    this.#reader = reader;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    return this.#reader.select(plan);
  }

  count(rows: RowSet): Promise<number> {
    return this.#reader.count(rows);
  }

  insert(type: EntityType, row: Row): Promise<void> {
    return this.writer.insert(type, row);
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.writer.update(type, key, changes);
  }

  accumulate(type: EntityType, accumulation: Accumulation): Promise<Row> {
    return this.writer.accumulate(type, accumulation);
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.writer.delete(rows, limit);
  }
}
