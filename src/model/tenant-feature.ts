import { boolean, entityType, string } from '../edm/declare.ts';

/** What a tenant has switched on or off; one without a row has its default. Stored, never routed. */
export const tenantFeature = entityType('tenantFeature', {
  properties: { name: string({ internal: true }), enabled: boolean({ internal: true }) },
  storage: { key: ['name'] },
});
