import { checkTenant, type Problem } from '../domain/doctor.ts';
import { tenant } from '../store/schema/tenant.ts';
import { openReader } from './compose.ts';
import type { Config } from './settings.ts';

/** What a check came to. */
export interface CheckTotals {
  readonly tenants: number;
  readonly problems: number;
}

const NO_TENANT = '00000000-0000-0000-0000-000000000000';

/**
 * Verifies the database of a data folder, tenant by tenant. A server may run on it meanwhile: each tenant is read in one snapshot.
 * @param report called with each problem, in order
 * @throws storeUnavailable when there is no database, schemaTooNew, corruptStore
 */
export async function checkDatabase(config: Pick<Config, 'data'>, report: (problem: Problem) => void): Promise<CheckTotals> {
  const store = await openReader(config);
  try {
    const plan = { from: tenant, scope: {}, orderBy: [] };
    const tenants = await store.read(NO_TENANT, (reader) => reader.select(plan));
    let problems = 0;
    for (const { guid } of tenants) {
      for await (const problem of checkTenant(store, String(guid))) {
        problems += 1;
        report(problem);
      }
    }
    return { tenants: tenants.length, problems };
  } finally {
    await store.close();
  }
}
