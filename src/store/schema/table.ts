import { type EntityType, entityType, int64, type PropertyType, type Storage, string } from '../../edm/declare.ts';
import { DOCUMENT } from '../../edm/document.ts';
import { type Property, shapeOf, TYPE_COLUMN } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';

/**
 * The physical schema: which table and columns an entity type has, the same in every database. Imports `edm` and `lib`.
 * `ddl.ts` writes it down in a dialect's words, `migrate.ts` brings a database to it, `tenant.ts` is the store's own table.
 */

/** How a property is held. `dateTimeOffset` takes two columns: ticks under its own name and {@link formColumn}. */
export type Encoding =
  | 'text'
  | 'uuid'
  | 'integer'
  | 'real'
  | 'boolean'
  | 'enum'
  | 'binary'
  | 'dateTimeOffset'
  | 'json'
  | 'sealed'
  | 'document';

/** One property of a table. */
export interface Column {
  readonly property: Property;
  readonly name: string;
  readonly encoding: Encoding;
  readonly nullable: boolean;
  /** Whether it has no column of its own, but is a member of the row's document. */
  readonly inDocument: boolean;
}

/** The table of an entity type. */
export interface Table {
  readonly type: EntityType;
  readonly name: string;
  /** Every column but the tenant's, in declaration order. */
  readonly columns: readonly Column[];
  readonly column: ReadonlyMap<string, Column>;
  /** The columns that the database has, the document's among them. */
  readonly stored: readonly Column[];
  /** The document's column, where rows have one. */
  readonly document?: Column;
  /** Primary key behind the tenant. */
  readonly key: readonly Column[];
  /** Whether rows belong to a tenant, whose number is then in {@link TENANT_COLUMN}. */
  readonly tenanted: boolean;
}

/** The column that holds the tenant's number, first in every key and index. */
export const TENANT_COLUMN = 'tenant_id';

/** The names of the columns of the primary key. */
export const keyNames = ({ tenanted, key }: Table): readonly string[] => [
  ...(tenanted ? [TENANT_COLUMN] : []),
  ...key.map(({ name }) => name),
];

/** The column that holds a DateTimeOffset's offset and digits. */
export const formColumn = (name: string): string => `${name}_form`;

/** The column of a view that holds the name of the type that a row is of. */
const VIEWED_TYPE: Property = { kind: 'property', name: TYPE_COLUMN, type: 'Edm.String', nullable: false, collection: false };

const tables = new WeakMap<EntityType, Table>();

/** The table of a type; made once. @throws unsupportedQueryOption when the type is not stored */
export function tableOf(type: EntityType): Table {
  const known = tables.get(type);
  if (known !== undefined) return known;
  const { storage } = type;
  if (storage === undefined) throw new AppError('unsupportedQueryOption', `${type.name} is computed and cannot be queried by the store.`);
  const properties = [...shapeOf(type).properties, ...(storage.view === true ? [VIEWED_TYPE] : [])];
  const columns = properties.map((property) => columnOf(property, storage.document === true && fitsDocument(property, storage)));
  const column = new Map(columns.map((c) => [c.name, c]));
  const key = storage.key.map((name) => columnNamed(column, name, type));
  const own = columns.filter(({ inDocument }) => !inDocument);
  const document = storage.document === true ? documentColumn() : undefined;
  const table: Table = Object.freeze({
    type,
    name: type.name,
    columns,
    column,
    stored: document === undefined ? own : [...own, document],
    ...(document === undefined ? {} : { document }),
    key,
    tenanted: storage.global !== true,
  });
  tables.set(type, table);
  return table;
}

/** A column by name. @throws internal when the type has none of that name: a mistake in the model or in a plan */
export function columnNamed(columns: ReadonlyMap<string, Column>, name: string, type: EntityType): Column {
  const column = columns.get(name);
  if (column === undefined) throw new AppError('internal', `${type.name} has no column '${name}'; correct the model or the plan.`);
  return column;
}

const columnOf = (property: Property, inDocument: boolean): Column =>
  Object.freeze({ property, name: property.name, encoding: encodingOf(property), nullable: property.nullable, inDocument });

const documentColumn = (): Column => {
  const property: Property = { kind: 'property', name: DOCUMENT, type: 'Edm.String', nullable: false, collection: false };
  return { ...columnOf(property, false), encoding: 'document' };
};

/** Encodings whose values look the same in JSON and are compared in that form. */
const PLAIN: ReadonlySet<Encoding> = new Set<Encoding>(['text', 'integer', 'boolean', 'json']);

/** Whether a property needs no column beside the document. */
function fitsDocument(property: Property, { key, indexes = [], alternateKey }: Storage): boolean {
  const { name } = property;
  if (property.internal === true || !PLAIN.has(encodingOf(property))) return false;
  const looked = [...key, ...indexes.flatMap(({ properties, where }) => [...properties, ...Object.keys(where ?? {})]), alternateKey];
  return !looked.includes(name);
}

function encodingOf(property: Property): Encoding {
  if (property.secret === true) return 'sealed';
  if (property.collection) return 'json';
  return property.format === 'uuid' ? 'uuid' : typeEncoding(property.type);
}

function typeEncoding(type: PropertyType): Encoding {
  if (typeof type === 'object') return type.kind === 'enum' ? 'enum' : 'json';
  switch (type) {
    case 'Edm.Boolean':
      return 'boolean';
    case 'Edm.Int32':
    case 'Edm.Int64':
      return 'integer';
    case 'Edm.Double':
    case 'Edm.Decimal':
      return 'real';
    case 'Edm.Binary':
      return 'binary';
    case 'Edm.Guid':
      return 'uuid';
    case 'Edm.DateTimeOffset':
      return 'dateTimeOffset';
    default:
      return 'text';
  }
}

/**
 * The tenants that have ever written: GUID text ↔ the small number that stands in every key and index. Belongs to no tenant
 * itself, so a plan that selects from it lists all of them.
 */
export const tenant = entityType('tenant', {
  properties: { id: int64(), guid: string() },
  storage: { key: ['id'], indexes: [{ properties: ['guid'] }], global: true },
});
