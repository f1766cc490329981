import { resealSecrets } from '../../domain/secrets/check-secrets.ts';
import type { Vault } from '../../domain/secrets/vault.ts';
import { NO_TENANT, type Reader, type Store, type Writer } from '../../store/contract.ts';
import { type DataConfig, openReader, openShared, openWriter } from '../compose.ts';
import type { Config } from '../config/settings.ts';
import { type KeyHolder, keyHolders, Stragglers } from '../keys/key-holders.ts';
import { beginRotation, endRotation, keyFileOf } from '../keys/secret-keys.ts';
import { readInstance, resealInstance } from '../keys/shared-instance.ts';
import { tenantIds } from './copy-places.ts';

/** What a rotation came to. */
export interface RotationTotals {
  /** Rows that were encrypted again. */
  readonly rows: number;
  /** Keys that nothing needs any more, and that are gone. */
  readonly dropped: number;
}

type Named = DataConfig & Pick<Config, 'secretKeys'>;

/**
 * Encrypts all secrets with a new key and forgets the old ones. The new key is in the file before it is used, and the old ones
 * stay there until nothing is encrypted with them: it may be interrupted at any time and started again.
 * @throws storeUnavailable when there is no database, dataFolderInUse while a server runs on a data folder, invalidConfiguration while servers
 *   of a database lack the new key, secretUnreadable when a value cannot be decrypted (all keys are kept then)
 * @param leaseMs how long a server that says nothing is taken to run still
 */
export async function rotateKeys(config: Named, leaseMs?: number): Promise<RotationTotals> {
  await (await openReader(config)).close(); // a folder that is not there must not be made
  const store = await (config.database === undefined ? openWriter : openShared)(config);
  try {
    if (config.database !== undefined) await readInstance(store, config); // before a file is touched: do the keys fit the database
    const vault = await beginRotation(config);
    if (config.database !== undefined) await letAllUse(store, { vault, file: keyFileOf(config), stragglers: new Stragglers(leaseMs) });
    let rows = 0;
    for (const tenantId of await tenantIds(store)) rows += await resealSecrets(store, { vault, tenantId });
    return { rows, dropped: await endRotation(config) };
  } finally {
    await store.close();
  }
}

/**
 * Has all servers of a database encrypt with a vault's newest key, once all of them have it. One that starts meanwhile without it is
 * refused, as it cannot read what they share.
 */
async function letAllUse(
  store: Store,
  { vault, file, stragglers }: { readonly vault: Vault; readonly file: string; readonly stragglers: Stragglers },
): Promise<void> {
  const newest = vault.keyIds[0]!;
  const running = async (reader: Reader) => (await keyHolders(reader)).filter((holder) => !stragglers.isGone(holder));
  /** @returns the servers that lack the newest key; when there are none, it is the one in use */
  const putInUse = async (writer: Writer): Promise<readonly KeyHolder[]> => {
    const lacking = (await running(writer)).filter(({ keyIds }) => !keyIds.includes(newest));
    if (lacking.length === 0) await resealInstance(writer, vault);
    return lacking;
  };
  await stragglers.untilNone(
    () => store.write(NO_TENANT, putInUse),
    `Nothing is encrypted with the new key yet, as servers that run do not have it. Copy ${file} to them, in the place of the file that their --secret-keys names: they read it by themselves. Then run this command again.`,
  );
  await stragglers.untilNone(
    () => store.read(NO_TENANT, async (reader) => (await running(reader)).filter(({ sealsWith }) => sealsWith !== newest)),
    'Servers that run do not use the new key yet; see their logs. Then run this command again: all keys are kept.',
  );
}
