import { keyOrder } from '../../query/column.ts';
import { NO_TENANT, type Store } from '../../store/contract.ts';
import { tenant } from '../../store/schema/tenant.ts';

/** Every tenant that has ever written, in the order of its first write. */
export async function tenantIds(store: Pick<Store, 'read'>): Promise<readonly string[]> {
  const rows = await store.read(NO_TENANT, (reader) => reader.select({ from: tenant, scope: {}, orderBy: keyOrder(tenant) }));
  return rows.map(({ guid }) => String(guid));
}
