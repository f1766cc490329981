import { keyIdOf } from '../../src/domain/secrets/vault.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { type Property, shapeOf } from '../../src/edm/link.ts';
import type { Row, Value } from '../../src/edm/primitive.ts';
import { formatSealed } from '../../src/edm/sealed.ts';
import { tableOf } from '../../src/store/schema/table.ts';

/** Rows of any type, with the values that are hardest to carry from one database to another. */

const ODD = 'é\u0301 \u{1F600} \u2028 "quoted\\" \t\r\n \u007f \ufeff ß İ';
const TIMES = [
  '2017-01-01T00:02:58.4418045-08:00',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.9999999+14:00',
  '2026-02-28T12:00:00.5+05:45',
];
const NUMBERS = [0, -1, 2_147_483_647, -2_147_483_648];
const LARGE = [0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 1];
const REAL = [0.1, -1e300, 5e-324, 12345.678];

const uuid = (index: number): string => `0198c0de-00ab-7000-8000-${index.toString(16).padStart(12, '0')}`;

/** Rows of a type: the first with nothing where nothing may be, the others with one odd value or another in each column. */
export const oddRows = (type: EntityType, count: number): readonly Row[] =>
  Array.from({ length: count }, (_, i) =>
    Object.fromEntries(shapeOf(type).properties.map((property) => [property.name, oddValue(type, property, i)])),
  );

function oddValue(type: EntityType, property: Property, index: number): Value {
  const { name, nullable, collection, type: kind } = property;
  const isKey = type.storage!.key.includes(name);
  if (index === 0 && nullable && !isKey) return null;
  if (property.secret === true) return formatSealed(keyIdOf(new Uint8Array(32)), Buffer.from(`${name} ${index}`));
  if (collection) return index === 0 ? [] : [{ odd: ODD, none: null }, ODD, index];
  if (typeof kind === 'object')
    return kind.kind === 'enum'
      ? Object.keys(kind.members)[index % Object.keys(kind.members).length]!
      : { odd: ODD, none: null, deep: { n: index } };
  if (property.format === 'uuid' || kind === 'Edm.Guid') return uuid(index);
  switch (kind) {
    case 'Edm.Boolean':
      return index % 2 === 1;
    case 'Edm.Int32':
      return NUMBERS[index % NUMBERS.length]!;
    case 'Edm.Int64':
      return LARGE[index % LARGE.length]!;
    case 'Edm.Double':
    case 'Edm.Decimal':
      return REAL[index % REAL.length]!;
    case 'Edm.Binary':
      return Buffer.from([0, 255, index, 10, 13, 0]).toString('base64');
    case 'Edm.DateTimeOffset':
      return TIMES[index % TIMES.length]!;
    default:
      // Keys in an order that letters of two lengths make; a NUL only where documents can hold it.
      if (isKey) return `${['ﬀ', 'a', '\u{10000}', 'Z'][index % 4]}${index}`;
      return `${ODD}${tableOf(type).column.get(name)!.inDocument ? '\u0000' : ''}${index === 1 ? '' : index}`;
  }
}
