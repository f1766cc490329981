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

/** Processor time of all threads of processes since their start, in microseconds. */
export const cpuMicroseconds = (pids: readonly number[]): number | undefined => sumOf(pids, cpuOf);

/** Memory of processes that is in RAM, in bytes. */
export const residentBytes = (pids: readonly number[]): number | undefined => sumOf(pids, residentOf);

function cpuOf(pid: number): number | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold blanks; utime and stime are fields 14 and 15.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
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
