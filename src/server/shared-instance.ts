import { type Credentials, loadOrCreateCredentials } from '../auth/issuer/credentials.ts';
import { findOne } from '../domain/change.ts';
import type { Vault } from '../domain/vault.ts';
import { AppError } from '../lib/app-error.ts';
import { instance } from '../model/internal.ts';
import type { Store } from '../store/contract.ts';
import { loadVault, readVault } from './secret-keys.ts';
import type { Config } from './settings.ts';

/**
 * What servers that share a database must have in common. Keys and first secret of the embedded issuer stand in the database, sealed
 * with the secret keys, which never do: these every server is given.
 */
export interface SharedInstance {
  readonly credentials: Credentials;
  readonly vault: Vault;
  /** Whether this process made it. */
  readonly isFirst: boolean;
}

type Named = Pick<Config, 'data' | 'secretKeys'>;

const NO_TENANT = '00000000-0000-0000-0000-000000000000';
const NAME = 'credentials';
const PLACE = { tenantId: NO_TENANT, type: instance.name, id: NAME, property: 'content' };

/** Reads what the servers of a database share. @throws invalidConfiguration when there is nothing yet, or this process has other secret keys */
export async function readInstance(store: Pick<Store, 'read'>, config: Named): Promise<SharedInstance> {
  const known = await find(store, config);
  if (known !== undefined) return known;
  throw new AppError('invalidConfiguration', 'No server has used this database yet; start one with --database first.');
}

/**
 * Reads what the servers of a database share. The first makes it, from its data folder if something is there.
 * @throws invalidConfiguration when this process has other secret keys, corruptStore
 */
export async function sharedInstance(store: Store, config: Named): Promise<SharedInstance> {
  const known = await find(store, config);
  if (known !== undefined) return known;
  const credentials = await loadOrCreateCredentials(config.data);
  const vault = await loadVault(config);
  const content = vault.seal(JSON.stringify(credentials), PLACE);
  const isFirst = await store.write(NO_TENANT, async (writer) => {
    if ((await findOne(writer, instance, { name: NAME })) !== undefined) return false;
    await writer.insert(instance, { name: NAME, content });
    return true;
  });
  return isFirst ? { credentials, vault, isFirst } : readInstance(store, config);
}

async function find(store: Pick<Store, 'read'>, config: Named): Promise<SharedInstance | undefined> {
  const row = await store.read(NO_TENANT, (reader) => findOne(reader, instance, { name: NAME }));
  if (row === undefined) return undefined;
  const vault = await readVault(config);
  try {
    const credentials = JSON.parse(vault.open(row.content!, PLACE) as string) as Credentials;
    return { credentials, vault, isFirst: false };
  } catch (cause) {
    const advice = 'Give every server of a database the same file of keys with --secret-keys';
    throw new AppError('invalidConfiguration', `${advice}: what they share is encrypted with a key that this one has not.`, { cause });
  }
}
