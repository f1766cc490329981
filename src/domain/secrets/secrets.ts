import type { EntityType } from '../../edm/declare.ts';
import { type Property, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { Changes } from '../../store/contract.ts';
import type { Vault } from './vault.ts';

/** Seals and opens the values of a row that have the `secret` facet. Null stays null. */

/** Whose vault, and in which tenant. */
export interface Sealer {
  readonly vault: Vault;
  readonly tenantId: string;
}

/** The values, with the secret ones sealed. @param id the id of their row */
export function sealSecrets(type: EntityType, sealer: Sealer, { id, values }: { readonly id: Value; readonly values: Row }): Row {
  return mapSecrets(type, values, (value, { name }) => sealer.vault.seal(value, placeOf(type, sealer, [id, name])));
}

/** The row, with its secret values opened. @throws secretUnreadable */
export function openSecrets<T extends EntityType, R extends Changes<T>>(type: T, opener: Sealer, row: R): R;
export function openSecrets(type: EntityType, opener: Sealer, row: Row): Row {
  return mapSecrets(type, row, (value, { name }) => opener.vault.open(value, placeOf(type, opener, [row.id!, name])));
}

function mapSecrets(type: EntityType, values: Row, map: (value: Value, property: Property) => Value): Row {
  const mapped: Record<string, Value> = { ...values };
  for (const property of shapeOf(type).secret) {
    const value = values[property.name];
    if (value !== undefined && value !== null) mapped[property.name] = map(value, property);
  }
  return mapped;
}

const placeOf = (type: EntityType, { tenantId }: Sealer, [id, property]: readonly [Value, string]) => ({
  tenantId,
  type: type.name,
  id: String(id),
  property,
});
