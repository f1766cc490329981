import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The house as data: which folder may import which, how long files may be, what they may not be called. */

const ROOT = join(import.meta.dirname, '../..');

const BELOW_API = ['domain', 'auth', 'odata', 'store/contract.ts', 'model', 'query', 'edm', 'lib'];

/** Folder of `src` → what it may import besides itself: a folder, or one file of it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  edm: ['lib'],
  model: ['edm', 'lib'],
  query: ['edm', 'lib'],
  odata: ['query', 'edm', 'lib'],
  store: ['query', 'edm', 'lib'],
  domain: ['store/contract.ts', 'model', 'query', 'edm', 'lib'],
  auth: ['store/contract.ts', 'model', 'query', 'edm', 'lib'],
  api: BELOW_API,
  server: ['api', 'store', ...BELOW_API],
  cli: ['server', 'lib'],
  'main.ts': ['cli'],
};

/** Only these name a concrete store (`store/sqlite`). */
const COMPOSITION = ['server/compose.ts', 'server/admin/check-database.ts'];

const FORBIDDEN_NAMES = /(^|[-./])(utils?|helpers?|common|types|manager)([-.]|$)/;
const MAX_LINES = 400;

interface SourceFile {
  /** Relative to `src`, with `/`. */
  readonly path: string;
  readonly text: string;
  /** Relative imports, relative to `src`. */
  readonly imports: readonly string[];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(folder, entry.name)) : entry.name.endsWith('.ts') ? [join(folder, entry.name)] : [],
  );
}

const SRC = join(ROOT, 'src');
const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'(\.[^']+)'|import\(\s*'(\.[^']+)'\s*\)/g;

const files: readonly SourceFile[] = filesBelow(SRC).map((file) => {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(IMPORT)].map((match) => relative(SRC, resolve(dirname(file), (match[1] ?? match[2])!)));
  return { path: relative(SRC, file), text, imports };
});

const folderOf = (path: string): string => path.split('/')[0]!;
const product = files.filter(({ path }) => !path.endsWith('.test.ts'));

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('imports downward only, as the table says', () => {
    const forbidden = product.flatMap(({ path, imports }) =>
      imports
        .filter((target) => folderOf(target) !== folderOf(path))
        .filter((target) => !(MAY_IMPORT[folderOf(path)] ?? []).some((allowed) => target === allowed || target.startsWith(`${allowed}/`)))
        .map((target) => `${path} → ${target}`),
    );
    expect(forbidden).toEqual([]);
  });

  it('names a concrete store in the composition root alone', () => {
    const named = product
      .filter(
        ({ path, imports }) => folderOf(path) !== 'store' && imports.some((target) => /^store\/(?!contract\.ts|schema\/)/.test(target)),
      )
      .map(({ path }) => path);
    expect(named.filter((path) => !COMPOSITION.includes(path))).toEqual([]);
  });

  it('has no circular import', () => {
    const graph = new Map(product.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
      if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
      if (done.has(path)) return undefined;
      for (const target of graph.get(path) ?? []) {
        const cycle = visit(target, [...trail, path]);
        if (cycle !== undefined) return cycle;
      }
      done.add(path);
      return undefined;
    };
    const cycles = [...graph.keys()].map((path) => visit(path, [])?.join(' → ')).filter((cycle) => cycle !== undefined);
    expect([...new Set(cycles)]).toEqual([]);
  });

  it('knows the status of an error in one file only', () => {
    const ours = product.filter(
      ({ path, text }) => path !== 'api/request/error-response.ts' && folderOf(path) === 'api' && /status:\s*[45]\d\d/.test(text),
    );
    expect(ours.map(({ path }) => path)).toEqual([]);
  });

  it(`keeps files below ${MAX_LINES} lines, model data exempt`, () => {
    const long = files.filter(
      ({ path, text }) => folderOf(path) !== 'model' && !path.endsWith('.test.ts') && text.split('\n').length > MAX_LINES,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('keeps the median file at 100 lines or less', () => {
    const lengths = product.map(({ text }) => text.split('\n').length).sort((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100);
  });

  it('calls nothing a drawer, and has no barrel but the model', () => {
    expect(
      files
        .map(({ path }) => path)
        .filter((path) => FORBIDDEN_NAMES.test(path) || (path.endsWith('/index.ts') && path !== 'model/index.ts')),
    ).toEqual([]);
  });

  it('opens each folder with a paragraph that says what it may import', () => {
    const folders = new Set(product.map(({ path }) => folderOf(path)).filter((folder) => folder !== 'main.ts'));
    const says = (text: string): boolean => (text.match(/\/\*\*[\s\S]*?\*\//g) ?? []).some((comment) => /\bimports?\b/i.test(comment));
    const silent = [...folders].filter((folder) => !files.some(({ path, text }) => folderOf(path) === folder && says(text)));
    expect(silent).toEqual([]);
  });

  it('throws coded errors only', () => {
    const bare = product.filter(({ text }) => /throw new (Type|Range)?Error\(/.test(text)).map(({ path }) => path);
    expect(bare).toEqual([]);
  });
});
