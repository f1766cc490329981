import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { type Column, formColumn, type Table, TENANT_COLUMN, tableOf } from '../schema/table.ts';
import { columnEncoder, type Forms } from '../sql/column-encoder.ts';
import type { SqlValue } from '../sql/fragment.ts';
import { columnText } from './connection/text.ts';
import { NO_UUID, postgresDialect } from './dialect.ts';

/** A column as the database has it. */
export interface PhysicalColumn {
  readonly name: string;
  readonly type: string;
  /** Whether its texts are JSON: they hold no line feed, and so are quickly put together. */
  readonly isDocument: boolean;
}

/** The table of a slotted type's slots. */
export const slotTable = (table: Table): string => `${table.name}_slot`;

export const physicalColumns = (columns: readonly Column[]): readonly PhysicalColumn[] =>
  columns.flatMap(({ name, encoding }) => {
    const own = { name, type: postgresDialect.columnType(encoding).replace(/ COLLATE.*/, ''), isDocument: encoding === 'document' };
    if (encoding !== 'dateTimeOffset') return [own];
    return [own, { name: formColumn(name), type: postgresDialect.formType, isDocument: false }];
  });

const TENANT: PhysicalColumn = { name: TENANT_COLUMN, type: 'int8', isDocument: false };

/** The tenant's column, where rows have one. */
export const tenantColumns = ({ tenanted }: Table): readonly PhysicalColumn[] => (tenanted ? [TENANT] : []);

const uuidForm = (value: string): string => {
  if (isUuid(value) && value.toLowerCase() !== NO_UUID) return value;
  throw new AppError('invalidValue', `'${value}' is reserved; use another id.`);
};

const forms: Forms = { uuid: uuidForm, boolean: (value) => value as never, text: columnText };

/** Binds some columns of a row. */
export type RowEncoder = (row: Row) => SqlValue[];

/** How columns of a type are bound. @throws (the encoder) invalidValue, or internal when the row lacks one */
export function rowEncoder(type: EntityType, columns: readonly Column[]): RowEncoder {
  const encoders = columns.map((column) => columnEncoder(column, tableOf(type), forms));
  return (row) => {
    const bound: SqlValue[] = [];
    for (const encode of encoders) encode(row, bound);
    return bound;
  };
}
