import { type Comparison, median } from './measure.ts';
import type { StartUp } from './start-up.ts';

/** One line of the report. */
export interface Verdict {
  readonly work: string;
  /** What was measured, in the order of {@link HEADINGS}. */
  readonly cells: readonly string[];
  readonly target: string;
  /** Undefined where this machine cannot tell. */
  readonly met: boolean | undefined;
}

const HEADINGS = ['work', 'answers/s', 'p50/p99 ms', 'CPU µs/answer', 'ratio', 'target', 'verdict'];

const whole = (value: number | undefined): string => (value === undefined ? '?' : Math.round(value).toLocaleString('en'));
const ratioText = (value: number | undefined): string => (value === undefined ? '?' : value.toFixed(2));
const pair = (a: string, b: string): string => `${a} : ${b}`;

const figureCells = ({ subject: a, reference: b }: Comparison): readonly string[] => [
  pair(whole(a.perSecond), whole(b.perSecond)),
  pair(`${a.p50.toFixed(1)}/${a.p99.toFixed(1)}`, `${b.p50.toFixed(1)}/${b.p99.toFixed(1)}`),
  pair(whole(a.cpuPerAnswer), whole(b.cpuPerAnswer)),
];

/** Muster must answer at least this share of what the yardstick answers. */
export function rateVerdict(work: string, comparison: Comparison, atLeast: number): Verdict {
  const ratio = median(comparison.rateRatios);
  return { work, cells: [...figureCells(comparison), ratioText(ratio)], target: `rate ≥ ${atLeast}`, met: ratio >= atLeast };
}

/** The subject may cost at most this much more than the reference. Judged by processor time, which is steadier than the rate. */
export function costVerdict(work: string, comparison: Comparison, atMost: number): Verdict {
  const ratio = comparison.cpuRatios.length === 0 ? 1 / median(comparison.rateRatios) : median(comparison.cpuRatios);
  return { work, cells: [...figureCells(comparison), ratioText(ratio)], target: `cost ≤ ${atMost}`, met: ratio <= atMost };
}

const MEBIBYTE = 1024 * 1024;

/** Start-up and idle memory, each against its limit. */
export function startUpVerdicts({ firstAnswerMs, idleBytes }: StartUp, limits: { readonly ms: number; readonly mib: number }): Verdict[] {
  const mib = idleBytes === undefined ? undefined : idleBytes / MEBIBYTE;
  return [
    {
      work: 'Start to first answer',
      cells: [`${whole(firstAnswerMs)} ms`, '', '', ''],
      target: `< ${limits.ms} ms`,
      met: firstAnswerMs < limits.ms,
    },
    {
      work: 'Idle memory (RSS)',
      cells: [`${whole(mib)} MiB`, '', '', ''],
      target: `< ${limits.mib} MiB`,
      met: mib === undefined ? undefined : mib < limits.mib,
    },
  ];
}

const verdictText = (met: boolean | undefined): string => (met === undefined ? 'unknown' : met ? 'met' : 'MISSED');

/** The report as a Markdown table. */
export function table(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ work, cells, target, met }) => [work, ...cells, target, verdictText(met)]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...lines.map((line) => line[i]!.length)));
  const text = (cells: readonly string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [text(HEADINGS), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.map(text)].join('\n');
}
