/** Curves on two logarithmic axes, as SVG text. */
export interface Plot {
  readonly title: string;
  /** Lines of one name have one colour. */
  readonly lines: readonly PlotLine[];
}

export interface PlotLine {
  readonly name: string;
  readonly dashed: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 760;
const HEIGHT = 460;
const MARGIN = { left: 64, right: 56, top: 36, bottom: 40 };
const LABEL_HEIGHT = 13;
const COLOURS = ['#1b6ca8', '#c0392b', '#1e8449', '#8e44ad', '#b9770e', '#117a65', '#5d6d7e', '#d81b60'];

interface Axis {
  /** Decades that have a line. */
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** An axis from the power of ten below the least value to the one above the greatest, drawn between two places. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)),
    place: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const at = (value: number): string => value.toFixed(1);

/** Draws curves. Names stand at the ends of the undashed ones, moved apart where they would cover each other. */
export function linePlot({ title, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const x = axis(
    points.map(([value]) => value),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = axis(
    points.map(([, value]) => value),
    HEIGHT - MARGIN.bottom,
    MARGIN.top,
  );
  const names = [...new Set(lines.map(({ name }) => name))];
  const colourOf = (name: string): string => COLOURS[names.indexOf(name) % COLOURS.length]!;
  const grid = [
    ...x.ticks.map((tick) => {
      const place = at(x.place(tick));
      const label = `<text x="${place}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${tick.toLocaleString('en')}</text>`;
      return `<path class="grid" d="M${place} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}"/>${label}`;
    }),
    ...y.ticks.map((tick) => {
      const place = at(y.place(tick));
      const label = `<text x="${MARGIN.left - 8}" y="${place}" dy="4" text-anchor="end">${tick.toLocaleString('en')}</text>`;
      return `<path class="grid" d="M${MARGIN.left} ${place}H${WIDTH - MARGIN.right}"/>${label}`;
    }),
  ];
  const curves = lines.map((line) => {
    const path = line.points.map(([px, py]) => `${at(x.place(px))} ${at(y.place(py))}`).join('L');
    return `<path class="${line.dashed ? 'dashed' : 'curve'}" stroke="${colourOf(line.name)}" d="M${path}"/>`;
  });
  let lowest = Number.POSITIVE_INFINITY;
  const labels = lines
    .filter(({ dashed }) => !dashed)
    .map(({ name, points: own }) => ({ name, x: x.place(own.at(-1)![0]), y: y.place(own.at(-1)![1]) }))
    .toSorted((a, b) => b.y - a.y)
    .map((label) => {
      lowest = Math.min(label.y, lowest - LABEL_HEIGHT);
      return `<text x="${at(label.x + 6)}" y="${at(lowest)}" dy="4" fill="${colourOf(label.name)}">${escaped(label.name)}</text>`;
    });
  const style =
    'text{font:12px sans-serif}.grid{stroke:#ddd}.curve,.dashed{fill:none;stroke-width:2}.dashed{stroke-width:1;stroke-dasharray:4 4}';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style><rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="20">${escaped(title)}</text>`,
    ...grid,
    ...curves,
    ...labels,
    '</svg>',
    '',
  ].join('\n');
}
