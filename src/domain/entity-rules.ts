import type { EntityType } from '../edm/declare.ts';
import { defaultValue } from '../edm/default-value.ts';
import type { Infer } from '../edm/infer.ts';
import { type Property, shapeOf } from '../edm/link.ts';
import type { Row } from '../edm/primitive.ts';
import { packedSparseValues, SPARSE_COLUMN, sparseNames, withSparseValues } from '../edm/sparse-values.ts';
import type { AppError } from '../lib/app-error.ts';
import type { Appender, Changes } from '../store/contract.ts';
import { type Sealer, sealSecrets } from './secrets/secrets.ts';
import { keyOf, type UnitOfWork } from './unit-of-work.ts';

/** What create, update and delete of one entity type do. Rows are complete: defaults are filled, parents exist. */
export type EntityRules<T extends EntityType = EntityType> = RulesOfRows<Infer<T>>;

// Generic in the row, so that the compiler sees that the rules of one type may stand for those of any.
interface RulesOfRows<R extends Row> {
  /** @param values every writable property and the parent's columns. @returns the stored row */
  create(change: UnitOfWork, values: Partial<R>): Promise<R>;
  /**
   * Creates rows below one parent by appending alone (`Store.append`). Absent where a new row changes others.
   * @returns of each its row, or what is wrong with it. When it throws, none is created
   */
  append?(change: UnitOfWork<Appender>, all: readonly Partial<R>[]): Promise<readonly (R | AppError)[]>;
  /** @param before the stored row; `values` holds the properties to change. @returns the row afterwards */
  update(change: UnitOfWork, before: R, values: Partial<R>): Promise<R>;
  remove(change: UnitOfWork, row: R): Promise<void>;
}

/** Completes a new row with its id, its times and the defaults of missing values. Seals secret values. */
export function newRow<T extends EntityType>(type: T, change: UnitOfWork<Appender>, values: Changes<T>): Infer<T>;
export function newRow(type: EntityType, change: UnitOfWork<Appender>, values: Row): Row {
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

/** Adds the sparse values of a new row: packed in their column for the store, and by name for the response. */
function addSparseValues(type: EntityType, row: Record<string, Row[string]>, values: Row): void {
  row[SPARSE_COLUMN] = packedSparseValues(type, values);
  Object.assign(row, withSparseValues(type, row));
}

/** The sealer of a unit of work. */
export const sealerOf = ({ vault, origin }: Pick<UnitOfWork, 'vault' | 'origin'>): Sealer => ({ vault, tenantId: origin.caller.tenantId });

/** The value of a property that the client did not send. */
function stampOf(property: Property, change: Pick<UnitOfWork, 'now'>): Row[string] {
  if (property.type === 'Edm.DateTimeOffset' && (!property.nullable || property.name === 'createdDateTime')) return change.now;
  return defaultValue(property) ?? null;
}

/** The row after a change, with its modification time. Seals secret values that change. */
export function changedRow<T extends EntityType>(
  type: T,
  change: UnitOfWork,
  [before, values]: readonly [before: Infer<T>, values: Changes<T>],
): Infer<T>;
export function changedRow(type: EntityType, change: UnitOfWork, [before, values]: readonly [Row, Row]): Row {
  const { property, secret, sparse } = shapeOf(type);
  const stamp = property.has('lastModifiedDateTime') ? { lastModifiedDateTime: change.now } : {};
  const stored = secret.length === 0 ? values : sealSecrets(type, sealerOf(change), { id: before.id!, values });
  const after: Record<string, Row[string]> = { ...before, ...stored, ...stamp };
  for (const { name, unstored } of sparse) if (unstored === true && name in before) after[name] = before[name]!;
  return after;
}

/** Writes the columns that differ. */
export async function saveChanges<T extends EntityType>(
  type: T,
  change: UnitOfWork,
  [before, after]: readonly [before: Changes<T>, after: Changes<T>],
): Promise<void>;
export async function saveChanges(type: EntityType, change: UnitOfWork, [before, after]: readonly [Row, Row]): Promise<void> {
  const sparse = sparseNames(type);
  const differing = Object.entries(after).filter(([name, value]) => before[name] !== value);
  const changes = Object.fromEntries(differing.filter(([name]) => !sparse.has(name)));
  if (differing.some(([name]) => sparse.has(name))) changes[SPARSE_COLUMN] = packedSparseValues(type, after);
  if (Object.keys(changes).length > 0) await change.writer.update(type, keyOf(type, before), changes);
}

/** Rules of a type without behaviour: stamp and store. */
export function plainRules<T extends EntityType>(type: T): EntityRules<T>;
export function plainRules(type: EntityType): EntityRules {
  return {
    async create(change, values: Row) {
      const row = newRow(type, change, values);
      await change.writer.insert(type, row);
      return row;
    },
    async update(change, before, values: Row) {
      const after = changedRow(type, change, [before, values]);
      await saveChanges(type, change, [before, after]);
      return after;
    },
    async remove(change, row) {
      await change.writer.delete({ from: type, scope: keyOf(type, row) });
    },
  };
}
