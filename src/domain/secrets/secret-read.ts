import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { model } from '../../model/index.ts';
import { labelOf, recordAct } from '../audit/audit.ts';
import { textIn } from '../named-columns.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** An object whose secrets a response holds. Plain data, as it is stored with a response that may be repeated. */
export interface SecretRead {
  /** Name of the entity type. */
  readonly type: string;
  readonly id: string | null;
  readonly label: string | null;
  /** Which of its secrets. */
  readonly properties: readonly string[];
}

/** The record of a row whose secrets are read. */
export const secretReadOf = (type: EntityType, row: Row, properties: readonly string[]): SecretRead => ({
  type: type.name,
  id: textIn(row, 'id'),
  label: labelOf(type, row),
  properties,
});

/** Writes one audit event per type for the secrets that a response holds. */
export async function recordSecretReads(change: UnitOfWork, disclosures: readonly SecretRead[]): Promise<void> {
  for (const [name, read] of Map.groupBy(disclosures, ({ type }) => type)) {
    const resources = read.map(({ id, label, properties }) => ({
      id,
      label,
      modified: properties.map((displayName) => ({ displayName, oldValue: null, newValue: null })),
    }));
    await recordAct(change, { operation: 'Get', type: model.stored.find((one) => one.name === name)!, resources });
  }
}
