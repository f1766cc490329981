// Installs the dependencies when they are missing or older than the lock file. Plain JavaScript for whatever
// Node the machine has: npm runs it before `start` and `test`, when Node 26 may not be there yet.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');

const fresh = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
if (!fresh) {
  process.stderr.write('Installing dependencies …\n');
  // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, which is what npm writes
  // where a registry lacks some of them. This installs what the lock file says too, and leaves that file alone.
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const run = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
    shell: process.platform === 'win32',
  });
  if (run.status !== 0) {
    process.stderr.write('npm install failed: see the lines above. Nothing was started.\n');
    process.exit(run.status ?? 1);
  }
  // npm leaves its record untouched when there was nothing to do.
  const now = new Date();
  if (existsSync(installed)) utimesSync(installed, now, now);
}
