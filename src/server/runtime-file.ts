import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderError } from '../lib/folder-error.ts';

/** Small JSON files that the server leaves in its data folder: none is a secret, and none is missed when it is gone. */
export type RuntimeFile = 'runtime.json' | 'sample.json';

/** Writes a file whole or not at all, for its owner alone. @throws invalidConfiguration when the folder cannot be written */
export function writeRuntimeFile(folder: string, name: RuntimeFile, content: object): void {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 }); // who shares a database may have nothing else in it
    rmSync(`${path}.tmp`, { force: true }); // one that is left over keeps its mode
    writeFileSync(`${path}.tmp`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  } catch (cause) {
    throw folderError(folder, cause);
  }
}

/** @returns the texts under `keys`, or undefined when the file or any of them is missing */
export function readRuntimeFile<K extends string>(folder: string, name: RuntimeFile, keys: readonly K[]): Record<K, string> | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const isWhole = keys.every((key) => typeof (content as Record<string, unknown> | null)?.[key] === 'string');
    return isWhole ? (content as Record<K, string>) : undefined;
  } catch {
    return undefined; // missing or damaged: the same as never written
  }
}
