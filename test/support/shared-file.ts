import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Reads a file of facts that lies beside the repository on machines that have it.
 * @returns undefined where it is absent, after printing why the comparison is left out
 */
export function sharedFile(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/${name}`, import.meta.url));
  if (existsSync(path)) return readFileSync(path, 'utf8');
  process.stdout.write(`not compared with shared/${name}: the file is not beside this repository\n`);
  return undefined;
}
