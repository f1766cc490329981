import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flagOf, type SettingName, settings } from '../../src/server/config/settings.ts';

/** docs/limits.md against the source: each value in it, and that none is missing. */

const ROOT = join(import.meta.dirname, '../..');

interface Documented {
  readonly what: string;
  readonly limit: string;
  readonly source: string;
}

const rows: readonly Documented[] = readFileSync(join(ROOT, 'docs/limits.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what'))
  .map((line) => {
    const [, what, limit, source] = line.split('|').map((cell) => cell.trim());
    return { what: what!, limit: limit!, source: source! };
  });

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  ms: 1,
  s: 1000,
  h: 3_600_000,
};

/** `4 MiB` in bytes, `30 s` in milliseconds, `1,000` as it is. */
function numberOf(limit: string): number {
  const [, digits, unit] = /^([\d,]+) ?([A-Za-z]*)$/.exec(limit)!;
  return Number(digits!.replaceAll(',', '')) * UNITS[unit!]!;
}

const sources = new Map(
  globSync('src/**/*.ts', { cwd: ROOT })
    .filter((path) => !path.includes('.test.'))
    .map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
);

/** What a constant of a file is, as far as it is a number or an object of numbers. */
function constantIn(path: string, name: string): unknown {
  const text = new RegExp(`^(?:export )?const ${name}(?:: [^=]+)? = ([^;]+);`, 'm').exec(sources.get(path) ?? '')?.[1];
  expect(text, `${name} in ${path}`).toBeDefined();
  const scope = text!.includes('URL_LIMIT') ? `const URL_LIMIT = ${constantIn('src/lib/http.ts', 'URL_LIMIT')};` : '';
  return new Function(`${scope} return (${text})`)();
}

describe('docs/limits.md', () => {
  it.each(rows)('$what: $limit', ({ limit, source }) => {
    const flag = /^`(--[a-z-]+)`$/.exec(source)?.[1];
    if (flag !== undefined) {
      const declared = Object.entries(settings).find(([name]) => flagOf(name) === flag)?.[1] as { fallback: string } | undefined;
      expect(declared, flag).toBeDefined();
      const given = numberOf(declared!.fallback.replace(/(\d)([A-Z])/, '$1 $2'));
      expect(numberOf(limit)).toBe(limit.endsWith(' s') ? given * 1000 : given);
      return;
    }
    const [, name, member, path] = /^`([A-Z_]+)(?:\.(\w+))?` in `([^`]+)`$/.exec(source)!;
    const value = constantIn(path!, name!);
    const found = member === undefined ? value : (value as Record<string, unknown>)[member];
    expect(numberOf(limit)).toBe(name!.endsWith('_SECONDS') ? Number(found) * 1000 : found);
  });

  it('has every setting that bounds something', () => {
    const bounding = (Object.keys(settings) as SettingName[]).filter(
      (name) => /^(?:most|largest|longest) /.test(settings[name].description) && 'fallback' in settings[name],
    );
    expect(bounding.length).toBeGreaterThan(5);
    const documented = rows.map(({ source }) => source);
    for (const name of bounding) expect(documented).toContain(`\`${flagOf(name)}\``);
  });

  it('has the bound of every cache, queue and collection, by how they are named', () => {
    const names = /^(?:export )?const (MAX_\w+|\w+_WEIGHT|\w+_BUDGET|\w*LIMIT|\w+_BYTES|SIDE_BY_SIDE|MOST_\w+)(?:: [^=]+)? = [\d({]/gm;
    /** Parts of weights, sizes of keys, and numbers that bound nothing of a client's. */
    const others =
      /^(?:ENTRY|BASE|CHARACTER|NODE|ROUTE|STEP|WRITER|PROPERTY|PATTERN_CHARACTER)_WEIGHT$|^(?:MAC|KEY|NONCE|TAG|CHUNK)_BYTES$|^MAX_(?:SECONDS|CONNECTIONS)$|^DEFAULT_\w+_BUDGET$|^MOST_REPEATS$/;
    const missing = [...sources].flatMap(([path, text]) =>
      [...text.matchAll(names)]
        .map(([, name]) => name!)
        .filter(
          (name) => !others.test(name) && !rows.some(({ source }) => source.startsWith(`\`${name}`) && source.includes(`\`${path}\``)),
        )
        .map((name) => `${name} in ${path}`),
    );
    expect(missing).toEqual([]);
    for (const [path, text] of sources) {
      const caches = [...text.matchAll(/new (?:WeightedCache|FairQueue)[^(]*\((?<bound>[^)]*)\)/g)];
      for (const { groups } of caches)
        expect(
          rows.some(({ source }) => source.includes(`\`${groups!.bound}`)),
          `${path}: ${groups!.bound}`,
        ).toBe(true);
    }
  });
});
