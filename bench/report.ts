import type { StoreName } from './backend.ts';
import { type Comparison, type Figures, median } from './measure.ts';
import { CAP_TARGETS } from './run-cap.ts';
import type { Comparisons, Results } from './run-store.ts';
import { SMALL_ROWS, type WorkName, works } from './works.ts';

/** Least share of the yardstick's rate, by store and work. */
const TARGETS: Readonly<Record<StoreName, Partial<Record<WorkName, number>>>> = {
  sqlite: { W1: 0.7, W2: 0.7, R1: 0.6, R2: 0.7, R3: 0.6, R4: 0.6, R5: 0.6, R6: 0.6 },
  postgres: { W1: 0.6, W2: 0.6, R1: 0.6, R2: 0.6, R3: 0.6, R4: 0.6, R5: 0.6, R6: 0.6 },
};
/** The same of the plain yardstick. */
const PLAIN_TARGET = 0.5;
/** Most that Muster's p99 may be of the yardstick's. */
const P99_TARGET = 2;
/** Most that the summary of the large policy may cost, of the small one's. */
const GROWTH_TARGET = 1.2;
const START_LIMIT_MS = 1000;
const IDLE_LIMIT_MIB = 120;
const MEMORY_LIMIT_MIB = 300;
/** Share of a processor above which the load, not the server, may be what is measured. */
const BUSY = 0.9;

const MEBIBYTE = 1024 * 1024;

/** One line of a table: its cells, and whether what it says is as it should be; undefined where there is no target or no figure. */
export interface Line {
  readonly cells: readonly string[];
  readonly met?: boolean | undefined;
}

const whole = (value: number | undefined): string => (value === undefined ? '?' : Math.round(value).toLocaleString('en'));
const milliseconds = ({ p50, p99 }: Figures): string => `${p50.toFixed(1)}/${p99.toFixed(1)}`;
const mebibytes = (bytes: number | undefined): string => whole(bytes === undefined ? undefined : bytes / MEBIBYTE);

/** One cell about two subjects. */
const pair = ({ subject, reference }: Comparison, text: (figures: Figures) => string): string => `${text(subject)} : ${text(reference)}`;

/** A work and how Muster did in it. */
type Measured = readonly [WorkName, Comparison];

const entriesOf = (comparisons: Comparisons): readonly Measured[] => Object.entries(comparisons) as unknown as readonly Measured[];

const HEADINGS = [
  'work',
  'store, against',
  'answers/s',
  'ratio',
  'target',
  'p50/p99 ms',
  'p99 ratio',
  'CPU µs/answer',
  'RSS MiB',
  'verdict',
];

/** Muster in one work, against its yardstick or something else. @param limits what is asked of the ratio of rates and of p99 */
function workLine(
  [work, comparison]: Measured,
  against: string,
  limits: { readonly rate?: number | undefined; readonly p99?: number },
): Line {
  const [ratio, p99] = [median(comparison.rateRatios), median(comparison.p99Ratios)];
  const targets = [limits.rate === undefined ? '' : `≥ ${limits.rate}`, limits.p99 === undefined ? '' : `p99 ≤ ${limits.p99}`];
  return {
    cells: [
      `${work} ${works[work].title}`,
      against,
      pair(comparison, (f) => whole(f.perSecond)),
      ratio.toFixed(2),
      targets.filter((target) => target !== '').join(', '),
      pair(comparison, milliseconds),
      p99.toFixed(2),
      pair(comparison, (f) => whole(f.cpuPerAnswer)),
      pair(comparison, (f) => mebibytes(f.residentBytes)),
    ],
    met: limits.rate === undefined ? undefined : ratio >= limits.rate && p99 <= (limits.p99 ?? Number.POSITIVE_INFINITY),
  };
}

/** Promises about Muster by itself: what, how much, at most. */
function ownLines({ startUp, works: measured, summaryGrowth, rows }: Results): readonly Line[] {
  const lines: Line[] = [
    limitLine('Start to first answer', { value: startUp.firstAnswerMs, limit: START_LIMIT_MS, unit: 'ms' }),
    limitLine('Idle memory (RSS)', {
      value: startUp.idleBytes === undefined ? undefined : startUp.idleBytes / MEBIBYTE,
      limit: IDLE_LIMIT_MIB,
      unit: 'MiB',
    }),
  ];
  const served = Object.values(measured).flatMap(({ rounds }) => rounds.map(([{ residentBytes }]) => residentBytes ?? Number.NaN));
  const most = Math.max(...served) / MEBIBYTE;
  lines.push(limitLine('Most memory under load', { value: Number.isNaN(most) ? undefined : most, limit: MEMORY_LIMIT_MIB, unit: 'MiB' }));
  if (summaryGrowth === undefined) return lines;
  // Judged by processor time, which is steadier than the rate.
  const { cpuRatios, rateRatios } = summaryGrowth;
  const cost = cpuRatios.length === 0 ? 1 / median(rateRatios) : median(cpuRatios);
  const what = `R4 CPU of ${rows.toLocaleString('en')} states to that of ${SMALL_ROWS}`;
  return [...lines, { cells: [what, cost.toFixed(2), `≤ ${GROWTH_TARGET}`], met: cost <= GROWTH_TARGET }];
}

const limitLine = (what: string, { value, limit, unit }: { value: number | undefined; limit: number; unit: string }): Line => ({
  cells: [what, `${whole(value)} ${unit}`, `< ${limit} ${unit}`],
  met: value === undefined ? undefined : value < limit,
});

const verdictText = ({ met }: Line): string => (met === undefined ? '' : met ? 'met' : 'MISSED');

/** Lines as a Markdown table; the verdict is its last column. */
export function table(headings: readonly string[], lines: readonly Line[]): string {
  const rows = lines.map((line) => [...line.cells, verdictText(line)]);
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const text = (cells: readonly string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [text(headings), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(text)].join('\n');
}

/** What is printed, and how many targets it says are missed. */
export interface Report {
  readonly text: string;
  readonly missed: number;
}

/** All that was measured at one size of table, on each store, as text; pairs are Muster : what it is measured against. */
export function reportOf(results: readonly Results[]): Report {
  const lines = results.flatMap(({ store, works: measured, plain, cap }) => [
    ...entriesOf(measured).map((one) => workLine(one, `${store}, yardstick`, { rate: TARGETS[store][one[0]], p99: P99_TARGET })),
    ...entriesOf(plain).map((one) => workLine(one, `${store}, plain yardstick`, { rate: PLAIN_TARGET })),
    ...entriesOf(cap).map((one) => workLine(one, `${store}, SAP CAP`, { rate: CAP_TARGETS[one[0]] })),
  ]);
  const own = results.flatMap((each) => ownLines(each).map((line): Line => ({ ...line, cells: [each.store, ...line.cells] })));
  const title = `${results[0]!.rows.toLocaleString('en')} device states; Muster : what it is measured against`;
  const tables = [title, table(HEADINGS, lines), table(['store', '', 'measured', 'target', 'verdict'], own)];
  const missed = [...lines, ...own].filter(({ met }) => met === false).length;
  return { text: [...tables, results.flatMap(notesOf).join('\n')].filter((part) => part !== '').join('\n\n'), missed };
}

function notesOf({ store, works: measured, cap }: Results): readonly string[] {
  return [...entriesOf(measured), ...entriesOf(cap)].flatMap(([work, { subject, reference }]) => {
    const flushes = [subject, reference].map((figures) => whole(figures.flushesPerSecond)).join(' : ');
    const load = Math.max(subject.loadCpu, reference.loadCpu);
    return [
      ...(works[work].adds > 0 ? [`${store}, ${work}: ${flushes} disk flushes a second.`] : []),
      ...(subject.databaseCpuPerAnswer === undefined
        ? []
        : [
            `${store}, ${work}: of the processor time of an answer the database took ${[subject, reference].map((figures) => whole(figures.databaseCpuPerAnswer)).join(' : ')} µs.`,
          ]),
      ...(load > BUSY ? [`${store}, ${work}: the load took ${Math.round(load * 100)} % of its processor: it may be the limit.`] : []),
    ];
  });
}
