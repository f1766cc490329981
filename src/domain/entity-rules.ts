import type { EntityType } from '../edm/declare.ts';
import { defaultValue } from '../edm/default-value.ts';
import { type Property, shapeOf } from '../edm/link.ts';
import type { Row } from '../edm/primitive.ts';
import { packedSparseValues, SPARSE_COLUMN, sparseNames, withSparseValues } from '../edm/sparse-values.ts';
import type { AppError } from '../lib/app-error.ts';
import type { Appender } from '../store/contract.ts';
import { type Change, keyOf } from './change.ts';
import { type Sealer, sealSecrets } from './secrets/secrets.ts';

/** What create, update and delete of one entity type do. Rows are complete: defaults are filled, parents exist. */
export interface EntityRules {
  /** @param values every writable property and the parent's columns. @returns the stored row */
  create(change: Change, values: Row): Promise<Row>;
  /**
   * Creates rows below one parent by appending alone (`Store.append`). Absent where a new row changes others.
   * @returns of each its row, or what is wrong with it. When it throws, none is created
   */
  append?(change: Change<Appender>, all: readonly Row[]): Promise<readonly (Row | AppError)[]>;
  /** @param before the stored row; `values` holds the properties to change. @returns the row afterwards */
  update(change: Change, before: Row, values: Row): Promise<Row>;
  remove(change: Change, row: Row): Promise<void>;
}

/** Stamps and completes a new row: its id, its times, and the default of everything else that was not given. Seals what is secret. */
export function newRow(type: EntityType, change: Change<Appender>, values: Row): Row {
  const { properties, secret, sparse } = shapeOf(type);
  const row: Record<string, Row[string]> = {};
  for (const property of properties) {
    const { name } = property;
    const given = values[name];
    if (given !== undefined) row[name] = given;
    else row[name] = name === 'id' ? change.newId() : stampOf(property, change);
  }
  if (sparse.length > 0) addSparseValues(type, row, values);
  return secret.length === 0 ? row : sealSecrets(type, sealerOf(change), { id: row.id!, values: row });
}

/** Adds what a new row has in its shared column, and outside it for whoever answers with the row. */
function addSparseValues(type: EntityType, row: Record<string, Row[string]>, values: Row): void {
  row[SPARSE_COLUMN] = packedSparseValues(type, values);
  Object.assign(row, withSparseValues(type, row));
}

/** What a change seals and opens secrets with. */
export const sealerOf = ({ vault, origin }: Pick<Change, 'vault' | 'origin'>): Sealer => ({ vault, tenantId: origin.caller.tenantId });

/** The value of a property that nobody gave. */
function stampOf(property: Property, change: Pick<Change, 'now'>): Row[string] {
  if (property.type === 'Edm.DateTimeOffset' && (!property.nullable || property.name === 'createdDateTime')) return change.now;
  return defaultValue(property) ?? null;
}

/** The row after a change, with its modification time. Seals what is secret and changed. */
export function changedRow(type: EntityType, change: Change, [before, values]: readonly [Row, Row]): Row {
  const { property, secret, sparse } = shapeOf(type);
  const stamp = property.has('lastModifiedDateTime') ? { lastModifiedDateTime: change.now } : {};
  const stored = secret.length === 0 ? values : sealSecrets(type, sealerOf(change), { id: before.id!, values });
  const after: Record<string, Row[string]> = { ...before, ...stored, ...stamp };
  for (const { name, unstored } of sparse) if (unstored === true && name in before) after[name] = before[name]!;
  return after;
}

/** Writes the columns that differ. */
export async function saveChanges(type: EntityType, change: Change, [before, after]: readonly [Row, Row]): Promise<void> {
  const sparse = sparseNames(type);
  const differing = Object.entries(after).filter(([name, value]) => before[name] !== value);
  const changes = Object.fromEntries(differing.filter(([name]) => !sparse.has(name)));
  if (differing.some(([name]) => sparse.has(name))) changes[SPARSE_COLUMN] = packedSparseValues(type, after);
  if (Object.keys(changes).length > 0) await change.writer.update(type, keyOf(type, before), changes);
}

/** Rules of a type without behaviour: stamp and store. */
export const plainRules = (type: EntityType): EntityRules => ({
  async create(change, values) {
    const row = newRow(type, change, values);
    await change.writer.insert(type, row);
    return row;
  },
  async update(change, before, values) {
    const after = changedRow(type, change, [before, values]);
    await saveChanges(type, change, [before, after]);
    return after;
  },
  async remove(change, row) {
    await change.writer.delete({ from: type, scope: keyOf(type, row) });
  },
});
