import type { EntityType } from '../../edm/declare.ts';
import type { Value } from '../../edm/primitive.ts';
import { model } from '../../model/index.ts';
import { labelOf, recordAct } from '../audit/audit.ts';
import type { Change } from '../change.ts';

/** An object whose secrets an answer holds. Plain data, as it is kept with an answer that may be given again. */
export interface Disclosure {
  /** Name of the entity type. */
  readonly type: string;
  readonly id: Value;
  readonly label: Value;
  /** Which of its secrets. */
  readonly properties: readonly string[];
}

/** What is told of a row whose secrets are read. */
export const disclosureOf = (type: EntityType, row: Readonly<Record<string, Value>>, properties: readonly string[]): Disclosure => ({
  type: type.name,
  id: row.id!,
  label: labelOf(type, row),
  properties,
});

/** Writes down whose secrets an answer holds: one event for each type. */
export async function recordDisclosures(change: Change, disclosures: readonly Disclosure[]): Promise<void> {
  for (const [name, read] of Map.groupBy(disclosures, ({ type }) => type)) {
    const resources = read.map(({ id, label, properties }) => ({
      id,
      label,
      modified: properties.map((displayName) => ({ displayName, oldValue: null, newValue: null })),
    }));
    await recordAct(change, { operation: 'Get', type: model.findType(name) as EntityType, resources });
  }
}
