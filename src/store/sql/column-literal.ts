import type { EnumType } from '../../edm/declare.ts';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Column } from '../schema/table.ts';

/** Text as an SQL string. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** How a database writes what databases write in different ways. */
export interface LiteralWords {
  readonly boolean: (value: boolean) => string;
  readonly uuid: (text: string) => string;
}

/** Makes the function that writes a column's value as SQL text, for index conditions. @throws (the function) internal for what has no such text */
export const columnLiteral =
  (words: LiteralWords) =>
  (column: Column, value: Value): string => {
    switch (column.encoding) {
      case 'enum': {
        const number = (column.property.type as EnumType).members[String(value)];
        if (number !== undefined) return String(number);
        break;
      }
      case 'boolean':
        return words.boolean(value === true);
      case 'integer':
      case 'real':
        return String(Number(value));
      case 'text':
        return quoteText(String(value));
      case 'uuid':
        return words.uuid(String(value));
    }
    throw new AppError('internal', `'${column.name}' cannot be compared with a constant in the model.`);
  };
