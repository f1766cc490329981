import { resealSecrets } from '../domain/check-secrets.ts';
import { type DataConfig, openReader, openWriter } from './compose.ts';
import { addKey, dropOldKeys } from './secret-keys.ts';
import type { Config } from './settings.ts';
import { tenantIds } from './tenant-ids.ts';

/** What a rotation came to. */
export interface RotationTotals {
  /** Rows that were encrypted again. */
  readonly rows: number;
  /** Keys that nothing needs any more, and that are gone. */
  readonly dropped: number;
}

/**
 * Encrypts all secrets with a new key and forgets the old ones. The new key is in the file before it is used, and the old ones
 * stay there until nothing is encrypted with them: it may be interrupted at any time and started again.
 * @throws storeUnavailable when there is no database, dataFolderInUse while a server runs, secretUnreadable when a value cannot be decrypted (all keys are kept then)
 */
export async function rotateKeys(config: DataConfig & Pick<Config, 'secretKeys'>): Promise<RotationTotals> {
  await (await openReader(config)).close(); // a folder that is not there must not be made
  const store = await openWriter(config);
  try {
    const vault = await addKey(config);
    let rows = 0;
    for (const tenantId of await tenantIds(store)) rows += await resealSecrets(store, { vault, tenantId });
    return { rows, dropped: await dropOldKeys(config) };
  } finally {
    await store.close();
  }
}
