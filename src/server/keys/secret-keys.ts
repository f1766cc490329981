import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createVault, KEY_BYTES, keyIdOf, type Vault } from '../../domain/secrets/vault.ts';
import { AppError } from '../../lib/app-error.ts';
import { loadOrCreateSecretFile, readSecretFile, replaceSecretFile } from '../../lib/secret-file.ts';
import type { Config } from '../config/settings.ts';

/** The file of the keys that passwords are encrypted with: `{"keys": ["<32 bytes in base64>"]}`. The first encrypts, all decrypt. */

interface KeyFile {
  readonly keys: readonly string[];
}

type Named = Pick<Config, 'data' | 'secretKeys'>;

const isKeyFile = (value: unknown): value is KeyFile => {
  const { keys } = (value ?? {}) as { readonly keys?: unknown };
  return Array.isArray(keys) && keys.length > 0 && keys.every(isKey);
};

const isKey = (text: unknown): boolean => typeof text === 'string' && Buffer.from(text, 'base64').length === KEY_BYTES;

const newKey = (): string => randomBytes(KEY_BYTES).toString('base64');

/** The file of keys. */
export const keyFileOf = ({ data, secretKeys }: Named): string => secretKeys ?? join(data, 'secret-keys.json');

const ADVICE = 'Restore it from a backup: what was encrypted with a key that is lost stays encrypted.';

const fileOf = (config: Named) => ({ path: keyFileOf(config), isValid: isKeyFile, advice: ADVICE });

/** Reads the keys; undefined where the data folder has none yet. @throws invalidConfiguration when a file that is named is missing */
export async function readKeys(config: Named): Promise<readonly string[] | undefined> {
  const found = await readSecretFile(fileOf(config));
  if (found === undefined && config.secretKeys !== undefined)
    throw new AppError('invalidConfiguration', `There is no file ${config.secretKeys}, which --secret-keys names. ${ADVICE}`);
  return found?.keys;
}

/** Reads the keys, making the file in the data folder when it is missing. */
const readOrMakeKeys = async (config: Named): Promise<readonly string[]> =>
  (await readKeys(config)) ?? (await loadOrCreateSecretFile({ ...fileOf(config), make: async () => ({ keys: [newKey()] }) })).keys;

/** The vault of some keys. @param sealsWith the name of the one that encrypts; the first unless said */
export function vaultOf(keys: readonly string[], sealsWith?: string): Vault {
  const all = keys.map((key) => Buffer.from(key, 'base64'));
  const newest = all.find((key) => keyIdOf(key) === sealsWith);
  return createVault(newest === undefined ? all : [newest, ...all.filter((key) => key !== newest)]);
}

/** The vault of a server. @throws invalidConfiguration, corruptStore */
export const loadVault = async (config: Named): Promise<Vault> => vaultOf(await readOrMakeKeys(config));

/** The vault to check a database with: one without keys, where there are none. @throws invalidConfiguration, corruptStore */
export const readVault = async (config: Named): Promise<Vault> => vaultOf((await readKeys(config)) ?? []);

/** Where the key of a rotation that has not ended is found again, also by one that runs at the same time. */
const nextFileOf = (config: Named) => ({
  ...fileOf(config),
  path: `${keyFileOf(config)}.next`,
  advice: 'Remove it, and run muster rotate-keys again.',
});

/** Puts a new key in front of the others, or that of the rotation that has not ended. @returns the vault with it */
export async function beginRotation(config: Named): Promise<Vault> {
  const old = await readOrMakeKeys(config);
  const next = (await loadOrCreateSecretFile({ ...nextFileOf(config), make: async () => ({ keys: [newKey()] }) })).keys[0]!;
  const keys = [next, ...old.filter((key) => key !== next)];
  await replaceSecretFile(keyFileOf(config), { keys });
  return vaultOf(keys);
}

/** Forgets every key but the newest. @returns how many */
export async function endRotation(config: Named): Promise<number> {
  const [newest, ...old] = await readOrMakeKeys(config);
  await replaceSecretFile(keyFileOf(config), { keys: [newest] });
  await rm(nextFileOf(config).path, { force: true });
  return old.length;
}
