import { type Credentials, loadOrCreateCredentials } from '../../auth/issuer/credentials.ts';
import type { Vault } from '../../domain/secrets/vault.ts';
import { findOne } from '../../domain/unit-of-work.ts';
import { parseSealed } from '../../edm/sealed.ts';
import { AppError } from '../../lib/app-error.ts';
import { instance } from '../../model/internal.ts';
import { NO_TENANT, type Reader, type Store, type Writer } from '../../store/contract.ts';
import { isBeingFilled } from '../admin/copy-marker.ts';
import type { Config } from '../config/settings.ts';
import { loadVault, readVault } from './secret-keys.ts';

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

/** What to do when keys are missing. */
export const KEYS_ADVICE = 'Give every server of a database the same file of keys with --secret-keys';

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
  const isFirst = await store.write(NO_TENANT, (writer) => shareInstance(writer, { credentials, vault }));
  return isFirst ? { credentials, vault, isFirst } : readInstance(store, config);
}

/** Puts what servers shall share into their database, unless something is there. @returns whether it did */
export async function shareInstance(writer: Writer, { credentials, vault }: Omit<SharedInstance, 'isFirst'>): Promise<boolean> {
  if ((await findOne(writer, instance, { name: NAME })) !== undefined) return false;
  await writer.insert(instance, { name: NAME, content: vault.seal(JSON.stringify(credentials), PLACE) });
  return true;
}

/** The name of the key that servers encrypt with: the one that seals what they share, so that none can start without it. */
export async function keyInUse(reader: Reader): Promise<string> {
  const keyId = parseSealed((await findOne(reader, instance, { name: NAME }))?.content)?.keyId;
  if (keyId === undefined) throw new AppError('corruptStore', 'What the servers of the database share is damaged. Restore a backup.');
  return keyId;
}

/** Seals what servers share with the newest key of a vault, which makes that the one in use. @throws secretUnreadable */
export async function resealInstance(writer: Writer, vault: Vault): Promise<void> {
  const { content } = (await findOne(writer, instance, { name: NAME }))!;
  if (!vault.isCurrent(content!))
    await writer.update(instance, { name: NAME }, { content: vault.seal(vault.open(content!, PLACE), PLACE) });
}

async function findRow(reader: Reader) {
  const row = await findOne(reader, instance, { name: NAME });
  if (row !== undefined || !(await isBeingFilled(reader))) return row;
  throw new AppError(
    'storeUnavailable',
    'A copy into this database has not ended. Run the same muster copy again, or name another database.',
  );
}

async function find(store: Pick<Store, 'read'>, config: Named): Promise<SharedInstance | undefined> {
  const row = await store.read(NO_TENANT, findRow);
  if (row === undefined) return undefined;
  const vault = await readVault(config);
  try {
    const credentials = JSON.parse(vault.open(row.content!, PLACE) as string) as Credentials;
    return { credentials, vault, isFirst: false };
  } catch (cause) {
    throw new AppError('invalidConfiguration', `${KEYS_ADVICE}: what they share is encrypted with a key that this one has not.`, { cause });
  }
}
