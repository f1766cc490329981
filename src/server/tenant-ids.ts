import type { Store } from '../store/contract.ts';
import { tenant } from '../store/schema/tenant.ts';

const NO_TENANT = '00000000-0000-0000-0000-000000000000';

/** Every tenant that has ever written. */
export async function tenantIds(store: Pick<Store, 'read'>): Promise<readonly string[]> {
  const rows = await store.read(NO_TENANT, (reader) => reader.select({ from: tenant, scope: {}, orderBy: [] }));
  return rows.map(({ guid }) => String(guid));
}
