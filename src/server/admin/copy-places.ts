import { readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Credentials, loadOrCreateCredentials, saveCredentials } from '../../auth/issuer/credentials.ts';
import type { Vault } from '../../domain/secrets/vault.ts';
import { AppError } from '../../lib/app-error.ts';
import { syncFolder } from '../../lib/secret-file.ts';
import { keyOrder } from '../../query/column.ts';
import { NO_TENANT, type Store } from '../../store/contract.ts';
import { tenant } from '../../store/schema/table.ts';
import { type DataConfig, openDatabase, openIdle, openWriter } from '../compose.ts';
import { databaseUrl } from '../config/setting-kind.ts';
import type { Config } from '../config/settings.ts';
import { keyFileOf, loadVault } from '../keys/secret-keys.ts';
import { readInstance, shareInstance } from '../keys/shared-instance.ts';
import { endFilling } from './copy-marker.ts';

/** Where a data set is: the folder of one server, or a database that servers share. */

type Keys = Pick<Config, 'secretKeys'>;

/** What makes an installation itself, and so goes along. */
interface Installation {
  readonly credentials: Credentials;
  readonly vault: Vault;
}

/** What is copied from. */
interface Source extends Installation {
  readonly store: Pick<Store, 'read' | 'close'>;
  /** The file of its secret keys, which are never copied. */
  readonly secretKeys: string;
}

/** What is copied to. */
export interface Target {
  readonly store: Store;
  /** Where it is, to be verified. */
  readonly config: DataConfig;
  /** How a user names what there is of it before it is whole. */
  readonly name: string;
  /** Makes it the installation that the source was, when all rows are there. The store is closed then. */
  finish(installation: Installation): Promise<void>;
}

/** Whether a text names a database, not a folder. */
export const isDatabase = (place: string): boolean => databaseUrl.parse(place) !== undefined;

/** Opens what is copied from; a data folder so that no server can start on it meanwhile. @throws dataFolderInUse, storeUnavailable, invalidConfiguration */
export async function openSource(place: string, { secretKeys }: Keys): Promise<Source> {
  if (isDatabase(place) && secretKeys === undefined)
    throw new AppError('invalidConfiguration', 'Name the file of keys that servers of --from are given, with --secret-keys.');
  const config = isDatabase(place) ? { data: '', database: place, secretKeys } : { data: resolve(place), secretKeys };
  const store = await openIdle(config);
  try {
    const installation = isDatabase(place)
      ? await readInstance(store, config)
      : { credentials: await loadOrCreateCredentials(config.data), vault: await loadVault(config) };
    return { store, secretKeys: keyFileOf(config), ...installation };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens what is copied to, making its tables. @throws invalidConfiguration when a folder holds something, storeUnavailable */
export const openTarget = (place: string): Promise<Target> => (isDatabase(place) ? databaseTarget(place) : folderTarget(resolve(place)));

async function databaseTarget(database: string): Promise<Target> {
  const config = { data: '', database };
  const store = await openDatabase(config);
  return {
    store,
    config,
    name: 'the database',
    async finish(installation) {
      await store.write(NO_TENANT, async (writer) => {
        await shareInstance(writer, installation);
        await endFilling(writer);
      });
      await store.close();
    },
  };
}

/** The folder has its name only when it is whole. */
async function folderTarget(folder: string): Promise<Target> {
  if ((await readdir(folder).catch(() => [])).length > 0)
    throw new AppError('invalidConfiguration', `${folder} is not empty. Name a folder that does not exist; nothing is overwritten.`);
  const data = join(dirname(folder), `.${basename(folder)}.copying`);
  const store = await openWriter({ data });
  return {
    store,
    config: { data },
    name: data,
    async finish({ credentials }) {
      await saveCredentials(data, credentials);
      await store.write(NO_TENANT, endFilling);
      await store.close();
      await rename(data, folder);
      await syncFolder(dirname(folder));
    },
  };
}

/** Every tenant that has ever written, in the order of its first write. */
export async function tenantIds(store: Pick<Store, 'read'>): Promise<readonly string[]> {
  const rows = await store.read(NO_TENANT, (reader) => reader.select({ from: tenant, scope: {}, orderBy: keyOrder(tenant) }));
  return rows.map(({ guid }) => String(guid));
}
