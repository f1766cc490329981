import { readFileSync } from 'node:fs';

/** What the operating system says of a process. Each is undefined where there is no /proc. */

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own tick. */
const MICROSECONDS_PER_TICK = 10_000;

/** What a reading of each process adds up to. */
const sumOf = (pids: readonly number[], read: (pid: number) => number | undefined): number | undefined =>
  pids.reduce<number | undefined>((sum, pid) => {
    const value = read(pid);
    return sum === undefined || value === undefined ? undefined : sum + value;
  }, 0);

/** Processor time of all threads of processes and of their children, also of those that have ended, since their start, in microseconds. */
export const cpuMicroseconds = (pids: readonly number[]): number | undefined => sumOf(pids, cpuOf);

/** Memory of processes that is in RAM, in bytes. */
export const residentBytes = (pids: readonly number[]): number | undefined => sumOf(pids, residentOf);

function cpuOf(pid: number): number | undefined {
  const own = ticksOf(pid, 4);
  const children = readProc(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ') ?? [];
  const running = children.filter((child) => child !== '').reduce((sum, child) => sum + (ticksOf(Number(child), 2) ?? 0), 0);
  return own === undefined ? undefined : (own + running) * MICROSECONDS_PER_TICK;
}

/** @param count of utime, stime, and both of children that have ended: fields 14 to 17. The second is a name in parentheses and may hold blanks */
function ticksOf(pid: number, count: number): number | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.slice(11, 11 + count).reduce((sum, field) => sum + Number(field), 0);
}

function residentOf(pid: number): number | undefined {
  const line = readProc(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m);
  return line === null || line === undefined ? undefined : Number(line[1]) * 1024;
}

/** Flush requests that the disks of this machine have completed since it started: what a commit that is on disk leaves behind. */
export function diskFlushes(): number | undefined {
  const lines = readProc('/proc/diskstats')?.trim().split('\n');
  return lines?.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[18] ?? 0), 0);
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
