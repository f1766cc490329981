import type { LoadOrder, LoadResult } from './load.ts';
import { residentBytes } from './process-usage.ts';
import { runProgram } from './spawned-server.ts';

/** Servers stay on the first processor and the load on the second, where that can be had. */
export const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** Something that answers the load. */
export interface Subject {
  readonly url: string;
  /** Its processes: the server's own, whose memory is taken, and those of a database that works for it. */
  readonly pids: readonly number[];
  readonly order: Omit<LoadOrder, 'url' | 'pids'>;
}

/** Figures of one subject: the median of its rounds. */
export interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuPerAnswer: number | undefined;
  readonly databaseCpuPerAnswer: number | undefined;
  readonly flushesPerSecond: number | undefined;
  readonly residentBytes: number | undefined;
  readonly loadCpu: number;
}

/** Two subjects under the same load, in turn. */
export interface Comparison {
  readonly subject: Figures;
  readonly reference: Figures;
  /** Of each round, subject to reference: answers per second and processor time per answer. */
  readonly rateRatios: readonly number[];
  readonly cpuRatios: readonly number[];
  readonly p99Ratios: readonly number[];
  readonly rounds: readonly (readonly [subject: Measured, reference: Measured])[];
}

/** What came of a load, and the memory that the server holds after it. */
export interface Measured extends LoadResult {
  readonly residentBytes?: number;
}

/** The middle of some numbers; of an even count the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs one load in a process of its own. @throws internal when an answer is not what the order says */
async function runLoad({ url, pids, order }: Subject): Promise<Measured> {
  const input = JSON.stringify({ ...order, url, pids } satisfies LoadOrder);
  const result = JSON.parse(await runProgram({ program: ['bench/load.ts'], core: LOAD_CORE }, input)) as LoadResult;
  const bytes = residentBytes(pids.slice(0, 1));
  return { ...result, ...(bytes === undefined ? {} : { residentBytes: bytes }) };
}

/** How often subjects are measured. */
export interface Turns {
  readonly rounds: number;
  /** Seconds of warm-up before the first round, instead of what the order says: until the code of both is compiled. */
  readonly settleSeconds: number;
}

/** Measures two subjects in turn, so that both see the same weather, and neither always goes first. */
export async function compare(
  { rounds, settleSeconds }: Turns,
  subjects: { readonly subject: Subject; readonly reference: Subject },
): Promise<Comparison> {
  const results: [Measured, Measured][] = [];
  for (let round = 0; round < rounds; round++) {
    const run = ({ order, ...server }: Subject): Promise<Measured> =>
      runLoad({ ...server, order: round === 0 ? { ...order, warmUpSeconds: settleSeconds } : order });
    if (round % 2 === 0) results.push([await run(subjects.subject), await run(subjects.reference)]);
    else results.push([await run(subjects.reference), await run(subjects.subject)].toReversed() as [Measured, Measured]);
  }
  return {
    subject: figuresOf(results.map(([subject]) => subject)),
    reference: figuresOf(results.map(([, reference]) => reference)),
    rateRatios: results.map(([subject, reference]) => subject.perSecond / reference.perSecond),
    cpuRatios: results.flatMap(([{ cpuPerAnswer: a }, { cpuPerAnswer: b }]) => (a === undefined || b === undefined ? [] : [a / b])),
    p99Ratios: results.map(([subject, reference]) => subject.p99 / reference.p99),
    rounds: results,
  };
}

function figuresOf(results: readonly Measured[]): Figures {
  const middle = (pick: (result: Measured) => number): number => median(results.map(pick));
  const known = (pick: (result: Measured) => number | undefined): number | undefined => {
    const values = results.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  return {
    perSecond: middle((r) => r.perSecond),
    p50: middle((r) => r.p50),
    p99: middle((r) => r.p99),
    loadCpu: middle((r) => r.loadCpu),
    cpuPerAnswer: known((r) => r.cpuPerAnswer),
    databaseCpuPerAnswer: known((r) => r.databaseCpuPerAnswer),
    flushesPerSecond: known((r) => r.flushesPerSecond),
    residentBytes: known((r) => r.residentBytes),
  };
}
