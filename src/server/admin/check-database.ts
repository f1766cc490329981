import { checkTenant, type Problem } from '../../domain/doctor/doctor.ts';
import { checkSecrets } from '../../domain/secrets/check-secrets.ts';
import { AppError } from '../../lib/app-error.ts';
import { type Damage, type DataConfig, findDamage, openReader } from '../compose.ts';
import type { Config } from '../config/settings.ts';
import { readVault } from '../keys/secret-keys.ts';
import { tenantIds } from './copy-places.ts';

/** What a check came to. */
export interface CheckTotals {
  readonly tenants: number;
  readonly problems: number;
}

/**
 * Verifies the database of a data folder: its pages, then its rows, tenant by tenant. A server may run on it meanwhile: each tenant is read in one
 * snapshot. What damaged pages keep from being verified is a problem of its own.
 * @param report called with each problem, in order, and with the sentence that says it
 * @throws storeUnavailable when there is no database, schemaTooNew, corruptStore, invalidConfiguration
 */
export async function checkDatabase(
  config: DataConfig & Pick<Config, 'secretKeys'>,
  report: (found: Problem | Damage, sentence: string) => void,
): Promise<CheckTotals> {
  let problems = 0;
  const found = (problem: Problem | Damage): void => {
    problems += 1;
    report(problem, sentenceOf(problem));
  };
  const store = await openReader(config);
  try {
    const damages = config.database === undefined ? findDamage(config.data) : [];
    for (const damage of damages) found(damage);
    const vault = await readVault(config);
    const tenants = await tenantIds(store);
    for (const tenantId of tenants) {
      try {
        for await (const problem of checkTenant(store, tenantId)) found(problem);
        for (const problem of await checkSecrets(store, { vault, tenantId })) found(problem);
      } catch (error) {
        if (damages.length === 0 || !(error instanceof AppError)) throw error;
        found({ tenantId, entity: 'tenant', id: tenantId, problem: 'its rows cannot be verified, as pages of the database are damaged' });
      }
    }
    return { tenants: tenants.length, problems };
  } finally {
    await store.close();
  }
}

const sentenceOf = (found: Problem | Damage): string =>
  'table' in found
    ? `${found.index === undefined ? '' : `index ${found.index} of `}table ${found.table} is damaged: ${found.problem}`
    : `tenant ${found.tenantId}: ${found.entity} ${found.id}: ${found.problem}`;
