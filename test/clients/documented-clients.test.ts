import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentBlocks } from '../support/document-block.ts';

/** docs/clients.md and the tests that run its lines do not drift apart. */

const TESTS = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(TESTS, path), 'utf8');
const sources = globSync('**/*.ts', { cwd: TESTS }).map(read).join('\n');

describe('docs/clients.md', () => {
  it('says of each block who runs it, or why nothing does', () => {
    expect(documentBlocks.length).toBeGreaterThan(12);
    expect(documentBlocks.filter(({ runBy }) => !/^(run|not run|also in): \S/.test(runBy ?? '')).map(({ text }) => text)).toEqual([]);
  });

  it.each(documentBlocks.flatMap(({ runBy = '' }) => /^run: (.*)$/.exec(runBy)?.[1] ?? []))('%s is run', (name) => {
    expect(sources).toMatch(new RegExp(`(documentBlock|\\brun)\\('${name.replaceAll(/[/.]/g, '\\$&')}'`));
  });

  it('names test files that are there', () => {
    const named = [...read('../docs/clients.md').matchAll(/`test\/([\w/.-]+)`/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => globSync(path, { cwd: TESTS }).length === 0)).toEqual([]);
  });
});
