import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Reads a file that lies beside the repository on machines that have it: what our facts were taken from. For `it.skipIf`.
 * @returns undefined where it is absent, after printing what is not compared
 */
export function sharedFile(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/${name}`, import.meta.url));
  if (existsSync(path)) return readFileSync(path, 'utf8');
  process.stdout.write(`skipped: the comparison with shared/${name}, which is not beside this repository\n`);
  return undefined;
}
