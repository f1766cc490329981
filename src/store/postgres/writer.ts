import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Accumulation, Key, RowWriter } from '../contract.ts';
import { columnNamed, keyNames, tableOf } from '../schema/table.ts';
import { quoteName } from '../sql/fragment.ts';
import { statementWeight } from '../sql/plan-shape.ts';
import { type Bound, NamedStatement } from './connection/connection.ts';
import type { CountRows } from './count-rows.ts';
import { writtenTable } from './dialect.ts';
import { alreadyExists, lost } from './errors.ts';
import { type InsertRows, physicalColumns, type RowEncoder, rowEncoder } from './insert-rows.ts';
import { PostgresReader, type ReaderParts } from './reader.ts';
import type { Slots } from './slots.ts';

/** The statements of a store. */
export interface Statements extends Pick<ReaderParts, 'reads'> {
  readonly inserts: InsertRows;
  readonly updates: UpdateRow;
  readonly counts: CountRows;
  readonly slots: Slots;
}

/** What a writer works with, beyond what a reader does. */
interface WriterParts extends ReaderParts, Statements {
  /** The tenant's number, made if need be. */
  readonly ownTenant: () => Promise<number>;
  /** Called once, before the first change. */
  readonly beforeChange: () => void;
  /** Takes a statement whose answer only the commit waits for. */
  readonly send: (statement: Promise<unknown>) => void;
}

/** The writer that one piece of work is handed: one statement or two for each call, in the order of the calls. */
export class PostgresWriter extends PostgresReader implements RowWriter {
  readonly #parts: WriterParts;
  changed = false;
  /** What the database refused, which ends the transaction even if the work goes on. */
  failure: { readonly error: unknown } | undefined;

  constructor(parts: WriterParts) {
    super(parts);
    this.#parts = parts;
  }

  insert(type: EntityType, ...rows: readonly Row[]): Promise<void> {
    return this.#change(type, async (tenant) => {
      const { inserts, connection } = this.#parts;
      const [first, ...more] = rows;
      if (first === undefined) return;
      const { statement, values } = more.length === 0 ? inserts.one(type, first, tenant) : inserts.many(type, rows, tenant);
      if ((await connection.run(statement, values)).count < rows.length) throw more.length === 0 ? alreadyExists() : lost(type);
    });
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#change(type, async (tenant) => {
      const { updates, connection } = this.#parts;
      this.#fold(type, key, tenant);
      if (tableOf(type).document === undefined) return isDone(await runUpdate({ key, changes }));
      const [before] = await this.parts.reads.select({ from: type, scope: key, orderBy: [], limit: 1 }, this.placeOf(type)!);
      return before !== undefined && isDone(await runUpdate({ key, changes, after: { ...before, ...changes } }));

      function runUpdate(change: Parameters<UpdateRow['statement']>[1]) {
        const { statement, values } = updates.statement(type, change, tenant);
        return connection.run(statement, values);
      }
    });
  }

  /** Counts of slotted rows that nobody wants to see go to a slot: to see them, all slots of the row must be added up. */
  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]> {
    return this.#change(type, async (tenant) => {
      const { counts, slots, connection, send } = this.#parts;
      if (type.storage?.slotted === true && changes.every(({ returns }) => returns?.length === 0)) {
        for (const statement of slots.add(type, { tenant, changes }, connection)) send(statement);
        return changes.map(() => ({}));
      }
      for (const { key } of changes) this.#fold(type, key, tenant);
      return await counts.run(type, { tenant, changes }, connection);
    });
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#change(rows.from, async (tenant) => {
      this.#fold(rows.from, keyIn(rows), tenant);
      const place = this.placeOf(rows.from);
      return place === undefined ? 0 : (await this.parts.reads.delete(limit === undefined ? rows : { ...rows, limit }, place)).count;
    });
  }

  /** Sent ahead of the statement that needs it: should it fail, that one does too. */
  #fold(type: EntityType, key: Key | undefined, tenant: number): void {
    if (type.storage?.slotted !== true) return;
    this.#parts.slots.fold(type, { tenant, key }, this.#parts.connection).catch((error: unknown) => this.#note(error));
  }

  #change<T>(type: EntityType, call: (tenant: number) => Promise<T>): Promise<T> {
    return this.ask(async () => {
      if (!this.changed) {
        this.#parts.beforeChange();
        this.changed = true;
      }
      return call(type.storage?.global === true ? 0 : (this.parts.tenant() ?? (await this.#parts.ownTenant())));
    });
  }

  #note(error: unknown): void {
    this.failure ??= { error };
  }

  protected override failed(error: unknown): unknown {
    const named = super.failed(error);
    if (named !== error) this.#note(error);
    return named;
  }
}

const isDone = ({ count }: { readonly count: number }): boolean => count > 0;

/** The key of the one row that a set can hold, if its scope is one. */
function keyIn({ from, scope }: RowSet): Key | undefined {
  const { key } = tableOf(from);
  return key.every(({ name }) => typeof scope[name] === 'string') ? scope : undefined;
}

interface Prepared {
  readonly statement: NamedStatement;
  readonly encodeSet: RowEncoder;
  readonly encodeKey: RowEncoder;
}

/** A change of columns of one row. */
interface RowChange {
  readonly key: Key;
  readonly changes: Row;
  /** The whole row afterwards, where rows are documents. */
  readonly after?: Row;
}

/** Bytes for statements that change rows. */
const WRITE_STATEMENTS_WEIGHT = 8 * 1024 ** 2;

/** UPDATE of one row: prepared once for each type and set of columns. */
export class UpdateRow {
  readonly #prepared = new WeightedCache<Prepared>(WRITE_STATEMENTS_WEIGHT);

  statement(type: EntityType, { key, changes, after }: RowChange, tenant: number) {
    const names = Object.keys(changes);
    const shape = `${type.name}|${names.join('|')}`;
    const { statement, encodeSet, encodeKey } =
      this.#prepared.get(shape) ?? this.#prepared.set(shape, this.#prepare(type, names), statementWeight(shape));
    const values: Bound[] = [...encodeSet(after ?? changes), ...(tableOf(type).tenanted ? [tenant] : []), ...encodeKey(key)];
    return { statement: statement.next(), values };
  }

  #prepare(type: EntityType, names: readonly string[]): Prepared {
    const table = tableOf(type);
    const named = names.map((name) => columnNamed(table.column, name, type));
    const changed = [...named.filter(({ inDocument }) => !inDocument), ...(table.document === undefined ? [] : [table.document])];
    let place = 0;
    const set = physicalColumns(changed).map(({ name, type }) => `${quoteName(name)} = $${++place}::${type}`);
    // An update of nothing still has to answer whether the row exists.
    const own = quoteName(table.key[0]!.name);
    const assignments = set.length === 0 ? [`${own} = ${own}`] : set;
    const types = ['int8', ...physicalColumns(table.key).map(({ type }) => type)].slice(table.tenanted ? 0 : 1);
    const where = keyNames(table).map((name, i) => `${quoteName(name)} = $${++place}::${types[i]}`);
    const text = `UPDATE ${quoteName(writtenTable(table))} SET ${assignments.join(', ')} WHERE ${where.join(' AND ')}`;
    return { statement: new NamedStatement(text), encodeSet: rowEncoder(type, changed), encodeKey: rowEncoder(type, table.key) };
  }
}
