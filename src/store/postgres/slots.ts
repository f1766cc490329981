import type { EntityType } from '../../edm/declare.ts';
import type { Key } from '../contract.ts';
import { type Column, formColumn, keyNames, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { countedUp, counterColumns, later, startRow, timeColumns } from '../sql/count-up.ts';
import { quoteName } from '../sql/fragment.ts';
import { type Bound, NamedStatement, type PostgresConnection } from './connection/connection.ts';
import { addedUp, byRow, type TenantCounts } from './count-rows.ts';
import { postgresDialect, writtenTable } from './dialect.ts';
import { lost } from './errors.ts';
import { boundRows, givenRows, physicalColumns, RowArrays, rowEncoder, slotTable, tenantColumns } from './insert-rows.ts';

/**
 * Slotted counters. A row's own counters stand in `<type>_base`; what is added to them stands in `<type>_slot`, in one of some rows
 * for each, so that writers do not wait for each other; the view `<type>` adds them up. Who changes such a row in another way folds
 * its slots into it first, and has the tenant to itself.
 */

/** Columns that slots have besides key and number: what can be added or raised. */
const slotted = (table: Table): readonly Column[] => [...counterColumns(table), ...timeColumns(table)];

const own = (name: string): string => `own.${quoteName(name)}`;
const more = (name: string): string => `more.${quoteName(name)}`;

/** The columns of a row with its slots: `own` is the row, `more` what the slots come to. */
const foldedColumns = (table: Table): readonly (readonly [name: string, value: string])[] => [
  ...counterColumns(table).map(({ name }) => [name, `(${own(name)} + COALESCE(${more(name)}, 0))::int8`] as const),
  ...timeColumns(table).flatMap(({ name }) =>
    [name, formColumn(name)].map((each) => [each, later(quoteName(name), 'own', 'more')(quoteName(each))] as const),
  ),
];

/** What the slots of a row come to. */
const sums = (table: Table): string =>
  [
    ...counterColumns(table).map(({ name }) => `sum(${quoteName(name)})::int8 AS ${quoteName(name)}`),
    ...timeColumns(table).flatMap(({ name }) => {
      const form = quoteName(formColumn(name));
      return [
        `max(${quoteName(name)}) AS ${quoteName(name)}`,
        `(array_agg(${form} ORDER BY ${quoteName(name)} DESC NULLS LAST))[1] AS ${form}`,
      ];
    }),
  ].join(', ');

const sameKey = (table: Table, a: string, b: string): string =>
  keyNames(table)
    .map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`)
    .join(' AND ');

/** The statements that make a slotted type's slots and its view, when its base table is there. */
export function slotStatements(type: EntityType): readonly string[] {
  const table = tableOf(type);
  const key = [...tenantColumns(table), ...physicalColumns(table.key)];
  const keyColumns = key.map(({ name }) => {
    const column = table.column.get(name);
    return `${quoteName(name)} ${column === undefined ? 'int8' : postgresDialect.columnType(column.encoding)} NOT NULL`;
  });
  const counters = counterColumns(table).map(({ name }) => `${quoteName(name)} int8 NOT NULL`);
  const times = physicalColumns(timeColumns(table)).map(({ name, type }) => `${quoteName(name)} ${type}`);
  const names = key.map(({ name }) => quoteName(name));
  const primary = [...names, 'slot'].join(', ');
  const folded = new Map(foldedColumns(table));
  const all = [...tenantColumns(table), ...physicalColumns(table.stored)];
  const shown = all.map(({ name }) => (folded.has(name) ? `${folded.get(name)!} AS ${quoteName(name)}` : own(name)));
  return [
    `CREATE TABLE ${quoteName(slotTable(table))} (\n  ${[...keyColumns, 'slot int4 NOT NULL', ...counters, ...times, `PRIMARY KEY (${primary})`].join(',\n  ')}\n) WITH (fillfactor = 50)`,
    `CREATE VIEW ${quoteName(table.name)} AS SELECT ${shown.join(', ')} FROM ${quoteName(writtenTable(table))} own
  LEFT JOIN (SELECT ${names.join(', ')}, ${sums(table)} FROM ${quoteName(slotTable(table))} GROUP BY ${names.join(', ')}) more
    ON ${sameKey(table, 'more', 'own')}`,
  ];
}

interface Prepared {
  readonly base: NamedStatement;
  readonly slot: NamedStatement;
  readonly fold: NamedStatement;
  readonly foldAll: NamedStatement;
}

/** Adds to slots, and folds them. @param slot the one that this store counts into */
export class Slots {
  readonly #slot: () => number;
  readonly #prepared = new Map<EntityType, Prepared>();

  constructor(slot: () => number) {
    this.#slot = slot;
  }

  /** Adds to rows, making those that are missing. The answers tell nothing but whether it worked. */
  add(type: EntityType, { tenant, changes: all }: TenantCounts, connection: PostgresConnection): Promise<unknown>[] {
    const table = tableOf(type);
    const rows = byRow(table, all);
    const { base, slot } = this.#of(type);
    const parts = [...table.key, ...slotted(table)];
    const [encodeBase, encodeSlot] = [rowEncoder(type, table.stored), rowEncoder(type, parts)];
    const [bases, slots] = [new RowArrays(physicalColumns(table.stored)), new RowArrays(physicalColumns(parts))];
    const zeros = Object.fromEntries(counterColumns(table).map(({ name }) => [name, 0]));
    const never = Object.fromEntries(timeColumns(table).map(({ name }) => [name, null]));
    for (const [, changes] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { key, add, raise, initial } = addedUp(changes);
      bases.add(encodeBase(startRow(table, { key, add: {}, ...(initial === undefined ? {} : { initial }) })));
      slots.add(encodeSlot({ ...zeros, ...never, ...key, ...add, ...raise }));
    }
    const added = connection.run(slot.next(), [...boundRows(table, tenant, slots), this.#slot()]).then(({ count }) => {
      if (count < rows.size) throw lost(table);
    });
    return [connection.run(base.next(), boundRows(table, tenant, bases)), added];
  }

  /** Folds the slots of one row, or of all of a tenant, into what they belong to. */
  fold(
    type: EntityType,
    { tenant, key }: { readonly tenant: number; readonly key: Key | undefined },
    connection: PostgresConnection,
  ): Promise<unknown> {
    const table = tableOf(type);
    const { fold, foldAll } = this.#of(type);
    const owner: Bound[] = table.tenanted ? [tenant] : [];
    if (key === undefined) return connection.run(foldAll.next(), owner);
    return connection.run(fold.next(), [...owner, ...rowEncoder(type, table.key)(key)]);
  }

  #of(type: EntityType): Prepared {
    let prepared = this.#prepared.get(type);
    if (prepared === undefined) {
      const table = tableOf(type);
      prepared = {
        base: new NamedStatement(baseText(table)),
        slot: new NamedStatement(slotText(table)),
        fold: new NamedStatement(foldText(table, keyNames(table))),
        foldAll: new NamedStatement(foldText(table, table.tenanted ? [TENANT_COLUMN] : [])),
      };
      this.#prepared.set(type, prepared);
    }
    return prepared;
  }
}

function baseText(table: Table): string {
  const { names, selected, from } = givenRows(table, physicalColumns(table.stored));
  const key = keyNames(table).map(quoteName).join(', ');
  return `INSERT INTO ${quoteName(writtenTable(table))} (${names.join(', ')}) SELECT ${selected.join(', ')} FROM ${from} ORDER BY ${key} ON CONFLICT DO NOTHING`;
}

function slotText(table: Table): string {
  const { names, selected, from, next } = givenRows(table, physicalColumns([...table.key, ...slotted(table)]));
  const key = keyNames(table).map(quoteName).join(', ');
  const set = countedUp(table, 'own', timeColumns(table));
  return `INSERT INTO ${quoteName(slotTable(table))} AS own (${names.join(', ')}, slot) SELECT ${selected.join(', ')}, $${next}::int4
    FROM ${from} ORDER BY ${key} ON CONFLICT (${key}, slot) DO UPDATE SET ${set.join(', ')}`;
}

function foldText(table: Table, scope: readonly string[]): string {
  const types = new Map([...tenantColumns(table), ...physicalColumns(table.key)].map(({ name, type }) => [name, type]));
  const where = scope.map((name, i) => `${quoteName(name)} = $${i + 1}::${types.get(name)!}`);
  const key = keyNames(table).map(quoteName).join(', ');
  const outer = table.tenanted ? [`own.${quoteName(TENANT_COLUMN)} = $1::int8`] : [];
  return `WITH gone AS (DELETE FROM ${quoteName(slotTable(table))}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} RETURNING *),
    more AS (SELECT ${key}, ${sums(table)} FROM gone GROUP BY ${key})
    UPDATE ${quoteName(writtenTable(table))} own SET ${foldedColumns(table)
      .map(([name, value]) => `${quoteName(name)} = ${value}`)
      .join(', ')} FROM more WHERE ${[...outer, sameKey(table, 'own', 'more')].join(' AND ')}`;
}
