import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import type { Key } from '../contract.ts';
import { columnNamed, keyNames, tableOf } from '../schema/table.ts';
import { quoteName } from '../sql/fragment.ts';
import { statementWeight } from '../sql/statement-weight.ts';
import type { Bound } from './connection/connection.ts';
import { NamedStatement } from './connection/statement-names.ts';
import { writtenTable } from './dialect.ts';
import { physicalColumns, type RowEncoder, rowEncoder } from './physical-columns.ts';

interface Prepared {
  readonly statement: NamedStatement;
  readonly encodeSet: RowEncoder;
  readonly encodeKey: RowEncoder;
}

/** A change of columns of one row. */
export interface RowChange {
  readonly key: Key;
  readonly changes: Row;
  /** The whole row afterwards, where rows are documents. */
  readonly after?: Row;
}

/** Bytes for statements that change rows. */
export const WRITE_STATEMENTS_WEIGHT = 8 * 1024 ** 2;

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
