import { keyOrder } from '../query/column.ts';
import type { Store } from '../store/contract.ts';
import { tenant } from '../store/schema/tenant.ts';

/** In whose name rows of no tenant are read and written. */
export const NO_TENANT = '00000000-0000-0000-0000-000000000000';

/** Every tenant that has ever written, in the order of its first write. */
export async function tenantIds(store: Pick<Store, 'read'>): Promise<readonly string[]> {
  const rows = await store.read(NO_TENANT, (reader) => reader.select({ from: tenant, scope: {}, orderBy: keyOrder(tenant) }));
  return rows.map(({ guid }) => String(guid));
}
