import { entityType, int64, string } from '../../edm/declare.ts';

/**
 * The tenants that have ever written: GUID text ↔ the small number that stands in every key and index. Belongs to no tenant
 * itself, so a plan that selects from it lists all of them.
 */
export const tenant = entityType('tenant', {
  properties: { id: int64(), guid: string() },
  storage: { key: ['id'], indexes: [{ properties: ['guid'] }], global: true },
});
