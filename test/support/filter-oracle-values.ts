/** Values of time as the evaluator of `filter-oracle.ts` reads them from what a test wrote. */

export const DAY = 864_000_000_000n;
export const SECOND = 10_000_000n;

/** An instant in units of 100 ns since 1970, and the offset that it was written with. */
export interface Instant {
  readonly ticks: bigint;
  readonly offset: number;
}

/** The instant that a text of the form `2017-01-01T00:02:58.4418045-08:00` means. */
export function instantOf(text: string): Instant {
  const [, date, time, fraction = '', zone] = /^(\S+)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text)!;
  const offset = zone === 'Z' ? 0 : Number(`${zone![0]}1`) * (Number(zone!.slice(1, 3)) * 60 + Number(zone!.slice(4)));
  const seconds = BigInt(Date.parse(`${date}T${time}Z`) / 1000 - offset * 60);
  return { ticks: seconds * SECOND + BigInt(fraction.padEnd(7, '0')), offset };
}

/** The ticks of a duration of the form `-P1DT2H3M4.5S`. */
export function durationOf(text: string): bigint {
  const [, sign, d = '0', h = '0', m = '0', s = '0', fraction = ''] =
    /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/.exec(text)!;
  const seconds = ((BigInt(d) * 24n + BigInt(h)) * 60n + BigInt(m)) * 60n + BigInt(s);
  return (sign === '-' ? -1n : 1n) * (seconds * SECOND + BigInt(fraction.padEnd(7, '0')));
}

export const characters = (text: string): string[] => [...text];

/** Orders texts by code point. */
export function compareCharacters(a: string, b: string): number {
  const [x, y] = [characters(a), characters(b)].map((all) => all.map((one) => one.codePointAt(0)!)) as [number[], number[]];
  const at = x.findIndex((code, i) => code !== y[i]);
  return at < 0 ? x.length - y.length : at >= y.length ? 1 : x[at]! - y[at]!;
}
