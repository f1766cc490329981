import { checkSecrets } from '../domain/check-secrets.ts';
import { checkTenant, type Problem } from '../domain/doctor.ts';
import { type DataConfig, openReader } from './compose.ts';
import { readVault } from './secret-keys.ts';
import type { Config } from './settings.ts';
import { tenantIds } from './tenant-ids.ts';

/** What a check came to. */
export interface CheckTotals {
  readonly tenants: number;
  readonly problems: number;
}

/**
 * Verifies the database of a data folder, tenant by tenant. A server may run on it meanwhile: each tenant is read in one snapshot.
 * @param report called with each problem, in order
 * @throws storeUnavailable when there is no database, schemaTooNew, corruptStore, invalidConfiguration
 */
export async function checkDatabase(
  config: DataConfig & Pick<Config, 'secretKeys'>,
  report: (problem: Problem) => void,
): Promise<CheckTotals> {
  const store = await openReader(config);
  try {
    const vault = await readVault(config);
    const tenants = await tenantIds(store);
    let problems = 0;
    const found = (problem: Problem): void => {
      problems += 1;
      report(problem);
    };
    for (const tenantId of tenants) {
      for await (const problem of checkTenant(store, tenantId)) found(problem);
      for (const problem of await checkSecrets(store, { vault, tenantId })) found(problem);
    }
    return { tenants: tenants.length, problems };
  } finally {
    await store.close();
  }
}
