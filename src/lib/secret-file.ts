import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from './app-error.ts';
import { uuidV4 } from './ids.ts';

/** One file of secrets: how it is made and how its content is recognised. */
export interface SecretFile<T> {
  readonly path: string;
  readonly make: () => Promise<T>;
  readonly isValid: (value: unknown) => value is T;
  /** What to do when the file is damaged: a whole sentence. */
  readonly advice: string;
}

/** Reads a file of secrets, making it when it is missing. Processes that start at the same time agree on one. @throws corruptStore, invalidConfiguration */
export async function loadOrCreateSecretFile<T>(file: SecretFile<T>): Promise<T> {
  return parse(file, (await readIfThere(file.path)) ?? (await create(file)));
}

/** Reads a file of secrets. @returns undefined when there is none. @throws corruptStore, invalidConfiguration */
export async function readSecretFile<T>(file: Omit<SecretFile<T>, 'make'>): Promise<T | undefined> {
  const content = await readIfThere(file.path);
  return content === undefined ? undefined : parse(file, content);
}

/** Puts new content in the place of the old: whole or not at all, and on disk when this resolves. */
export async function replaceSecretFile(path: string, value: unknown): Promise<void> {
  await writeThenName(path, async () => value, rename);
}

function parse<T>({ path, isValid, advice }: Omit<SecretFile<T>, 'make'>, content: string): T {
  const corrupt = (cause?: unknown): AppError => new AppError('corruptStore', `${path} is damaged. ${advice}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw corrupt(cause);
  }
  if (!isValid(value)) throw corrupt();
  return value;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new AppError('invalidConfiguration', `${path} cannot be read (${code}). Give its owner the right to read it.`, { cause: error });
  }
}

/**
 * Writes the file whole or not at all: a temporary file is synced, then linked to its name. A link, unlike a rename, fails
 * when the name is taken, so of two processes the first wins and both read what it wrote.
 */
async function create<T>({ path, make }: SecretFile<T>): Promise<string> {
  await writeThenName(path, make, nameOnce);
  return await readFile(path, 'utf8');
}

async function writeThenName(path: string, make: () => Promise<unknown>, name: (from: string, to: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${uuidV4()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(await make(), null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await name(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(join(path, '..'));
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

/** Makes the names in a folder durable. Windows cannot open folders and needs not. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
