import { generateKeyPair, randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { AppError } from '../../lib/app-error.ts';
import { folderError } from '../../lib/folder-error.ts';
import { isUuid, uuidV4 } from '../../lib/ids.ts';
import { loadOrCreateSecretFile, replaceSecretFile } from '../../lib/secret-file.ts';

/** The identity of this installation: made at the first start and kept in the data folder, never in the code. */
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

const INSTANCE = 'instance.json';
const KEYS = 'issuer-keys.json';
const advice = 'Restore it from a backup, or remove it to have a new one made (old tokens end).';

/**
 * Reads the credentials of a data folder, making what is missing. Processes that start at the same time agree on one set.
 * @throws corruptStore when a file is not what Muster wrote, invalidConfiguration when it cannot be read or written
 */
export async function loadOrCreateCredentials(folder: string): Promise<Credentials> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // One after the other, so that nothing is still being made when the first of them fails.
    const instance = await loadOrCreateSecretFile({ path: join(folder, INSTANCE), make: makeInstance, isValid: isInstance, advice });
    const keySet = await loadOrCreateSecretFile({ path: join(folder, KEYS), make: makeKeySet, isValid: isKeySet, advice });
    return { tenantId: instance.tenantId, clientId: instance.clientId, clientSecret: instance.clientSecret, keys: keySet.keys };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw folderError(folder, cause);
  }
}

/** Writes credentials into a data folder, in the place of what is there. */
export async function saveCredentials(folder: string, { keys, ...instance }: Credentials): Promise<void> {
  await replaceSecretFile(join(folder, INSTANCE), instance);
  await replaceSecretFile(join(folder, KEYS), { keys });
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
