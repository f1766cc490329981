import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What people read names files that exist, and every decision says its status. */

const ROOT = join(import.meta.dirname, '../..');
const documents = globSync(['*.md', 'docs/**/*.md', 'bench/*.md'], { cwd: ROOT })
  .sort()
  .map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));

/** `src/lib/clock.ts`, `lib/clock.ts`; names without a folder and patterns such as `store/<database>/session.ts` are left out. */
const FILE = /`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|py|json))`/g;
/** Files of a data folder. */
const MADE_AT_RUN_TIME = /^data\/|^bench\/results\.json$/;

describe.each(documents)('$path', ({ path, text }) => {
  it('names files that exist', () => {
    const named = [...text.matchAll(FILE)].map(([, file]) => file!).filter((file) => !MADE_AT_RUN_TIME.test(file));
    expect(named.filter((file) => !existsSync(join(ROOT, file)) && !existsSync(join(ROOT, 'src', file)))).toEqual([]);
  });

  it('links to files that exist', () => {
    const linked = [...text.matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
    expect(linked.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
  });
});

it('CHANGELOG.md has a dated section of this version, below an unreleased one', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  const [unreleased, newest] = documents.find(({ path }) => path === 'CHANGELOG.md')!.text.match(/^## .+$/gm)!;
  expect(unreleased).toBe('## Unreleased');
  expect(newest).toMatch(new RegExp(`^## ${RegExp.escape(version)} – 20\\d\\d-\\d\\d-\\d\\d$`));
});

const decisions = documents.filter(({ path }) => /^docs\/adr\/\d{4}-/.test(path));

describe('docs/adr', () => {
  it.each(decisions)('$path has a status, a date and a decision', ({ text }) => {
    expect(text).toMatch(/^# \d+\. .+\n\nStatus: (?:accepted|superseded by \d+)\. Date: 20\d\d-\d\d-\d\d\.\n\n\*\*Decision\.\*\* /);
  });

  it('numbers its records from 1 without a gap', () => {
    const numbers = decisions.map(({ path, text }) => [Number(path.slice(9, 13)), Number(/^# (\d+)\./.exec(text)?.[1])]);
    expect(numbers).toEqual(numbers.map((_, index) => [index + 1, index + 1]));
  });
});
