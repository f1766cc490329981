import { linePlot } from './line-plot.ts';
import { type Line, type Report, table } from './report.ts';
import type { Results } from './run-store.ts';
import type { WorkName } from './works.ts';

/** How costs grow with the table: the same works at several sizes, judged by processor time, which is steadier than the rate. */

interface Point {
  readonly rows: number;
  readonly cost: number;
}

/** Processor time for one answer of Muster (0) or the yardstick (1) at each size; a rate's inverse where the time is not to be had. */
function curve(results: readonly Results[], work: WorkName, who: 'subject' | 'reference'): readonly Point[] {
  return results.flatMap(({ rows, works }) => {
    const figures = works[work]?.[who];
    return figures === undefined ? [] : [{ rows, cost: figures.cpuPerAnswer ?? 1e6 / figures.perSecond }];
  });
}

const workNames = (results: readonly Results[]): readonly WorkName[] => Object.keys(results[0]?.works ?? {}) as WorkName[];

/** The cost of each work by size. Growth is logarithmic when cost rises no more than the logarithm of the rows does. */
export function growthOf(results: readonly Results[]): Report {
  const sizes = results.map(({ rows }) => rows);
  const limit = Math.log(sizes.at(-1)!) / Math.log(sizes[0]!);
  const lines = workNames(results).map((work): Line => {
    const points = curve(results, work, 'subject');
    const factor = points.at(-1)!.cost / points[0]!.cost;
    return {
      cells: [work, ...points.map(({ cost }) => cost.toFixed(0)), factor.toFixed(2), `≤ ${limit.toFixed(2)}`],
      met: factor <= limit,
    };
  });
  const headings = ['CPU µs/answer', ...sizes.map((rows) => rows.toLocaleString('en')), 'growth', 'target', 'verdict'];
  return { text: table(headings, lines), missed: lines.filter(({ met }) => met === false).length };
}

/** The same as a plot, as SVG: Muster's curves, and the yardstick's dashed. */
export const growthPlot = (results: readonly Results[]): string =>
  linePlot({
    title: 'Processor time for one answer (µs) by device states in the table; dashed: yardstick',
    lines: workNames(results).flatMap((work) => [
      { name: work, dashed: false, points: curve(results, work, 'subject').map(({ rows, cost }) => [rows, cost] as const) },
      { name: work, dashed: true, points: curve(results, work, 'reference').map(({ rows, cost }) => [rows, cost] as const) },
    ]),
  });
