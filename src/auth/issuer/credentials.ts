import { generateKeyPair, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { AppError } from '../../lib/app-error.ts';
import { isUuid, uuidV4 } from '../../lib/ids.ts';

/** What makes this installation itself; made at the first start and kept in the data folder, never in the code. */
export interface Credentials {
  /** The default tenant. */
  readonly tenantId: string;
  /** The first client of the embedded issuer; it has every permission. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Private RSA keys of the embedded issuer: the first signs, all verify. To rotate, put a new one in front. */
  readonly keys: readonly JWK[];
}

type Instance = Omit<Credentials, 'keys'>;

/** One file of secrets: how it is made and how its content is recognised. */
interface SecretFile<T> {
  readonly path: string;
  readonly make: () => Promise<T>;
  readonly isValid: (value: unknown) => value is T;
}

/**
 * Reads the credentials of a data folder, making what is missing. Processes that start at the same time agree on one set.
 * @throws corruptStore when a file is not what Muster wrote, invalidConfiguration when it cannot be read or written
 */
export async function loadOrCreateCredentials(folder: string): Promise<Credentials> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [instance, keySet] = await Promise.all([
      loadOrCreate({ path: join(folder, 'instance.json'), make: makeInstance, isValid: isInstance }),
      loadOrCreate({ path: join(folder, 'issuer-keys.json'), make: makeKeySet, isValid: isKeySet }),
    ]);
    return { tenantId: instance.tenantId, clientId: instance.clientId, clientSecret: instance.clientSecret, keys: keySet.keys };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalidConfiguration', 'The data folder cannot be read or written. Give its owner the right to do both.', {
      cause,
    });
  }
}

const makeInstance = async (): Promise<Instance> => ({
  tenantId: uuidV4(),
  clientId: uuidV4(),
  clientSecret: randomBytes(32).toString('base64url'),
});

const isInstance = (value: unknown): value is Instance => {
  const { tenantId, clientId, clientSecret } = (value ?? {}) as Partial<Record<keyof Instance, unknown>>;
  const areGuids = [tenantId, clientId].every((id) => typeof id === 'string' && isUuid(id));
  return areGuids && typeof clientSecret === 'string' && clientSecret.length >= 16;
};

interface KeySet {
  readonly keys: readonly JWK[];
}

async function makeKeySet(): Promise<KeySet> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' }) as JWK;
  return { keys: [{ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' }] };
}

const isKeySet = (value: unknown): value is KeySet => {
  const { keys } = (value ?? {}) as { readonly keys?: unknown };
  const isKey = (key: JWK | null): boolean => key?.kty === 'RSA' && [key.d, key.n, key.kid].every((part) => typeof part === 'string');
  return Array.isArray(keys) && keys.length > 0 && keys.every(isKey);
};

async function loadOrCreate<T>(file: SecretFile<T>): Promise<T> {
  const known = await readIfThere(file.path);
  const content = known ?? (await create(file));
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw corrupt(file.path, cause);
  }
  if (!file.isValid(value)) throw corrupt(file.path);
  return value;
}

const corrupt = (path: string, cause?: unknown): AppError =>
  new AppError('corruptStore', `${path} is damaged. Restore it from a backup, or remove it to have a new one made (old tokens end).`, {
    cause,
  });

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Writes the file whole or not at all: a temporary file is synced, then linked to its name. A link, unlike a rename, fails
 * when the name is taken, so of two processes the first wins and both read what it wrote.
 */
async function create<T>(file: SecretFile<T>): Promise<string> {
  const temporary = `${file.path}.${uuidV4()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(await file.make(), null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await nameOnce(temporary, file.path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(join(file.path, '..'));
  return await readFile(file.path, 'utf8');
}

async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') return;
    // Some file systems have no hard links; there the last of two first starts wins.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await rename(temporary, path);
  }
}

/** Makes the new name durable. Windows cannot open folders and needs not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
