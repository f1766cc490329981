import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A call of the system that fails: `code` is the errno, `path` how the file's path ends. */
export interface Fault {
  readonly call: 'read' | 'write' | 'sync';
  readonly code: number;
  readonly path: string;
}

export const EIO = 5;
export const ENOSPC = 28;
export const EROFS = 30;

/** Processes started with `env` meet the faults that are set, from the next call on. */
export interface FaultyDisk {
  readonly env: Readonly<Record<string, string>>;
  set(...faults: readonly Fault[]): void;
  remove(): void;
}

/** @returns why there is none, where there is none */
export function createFaultyDisk(): FaultyDisk | string {
  if (process.platform !== 'linux') return 'LD_PRELOAD is Linux';
  const home = mkdtempSync(join(tmpdir(), 'muster-faults-'));
  const [library, faults] = [join(home, 'shim.so'), join(home, 'faults')];
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, fileURLToPath(new URL('fault-shim.c', import.meta.url)), '-ldl'], {
      stdio: 'pipe',
    });
  } catch (error) {
    rmSync(home, { recursive: true });
    return `no C compiler: ${(error as Error).message}`;
  }
  const set = (...list: readonly Fault[]): void => writeFileSync(faults, list.map((f) => `${f.call} ${f.code} ${f.path}\n`).join(''));
  set();
  return { env: { LD_PRELOAD: library, MUSTER_FAULTS: faults }, set, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** A volume of its own, for a disk that is full. */
export interface Volume {
  readonly path: string;
  remove(): void;
}

/** @returns why there is none, where there is none */
export function createVolume(size: string): Volume | string {
  const path = mkdtempSync(join(tmpdir(), 'muster-volume-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `mounting is refused: ${(error as Error).message.trim()}`;
  }
  return {
    path,
    remove() {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
