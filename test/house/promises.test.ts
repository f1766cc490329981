import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What SECURITY.md promises is tested: each promise names tests that are there. */

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Whether a test file has a test whose title starts so. */
const hasTest = (path: string, code: string): boolean => new RegExp(`['"\`]${code} `).test(read(path));

const promises = read('SECURITY.md')
  .split(/^- /m)
  .slice(1)
  .map((text) => text.replace(/\s+/g, ' '))
  .filter((text) => /tests? `[AB]\d+ …`/.test(text))
  .map((text) => ({
    promise: text.slice(0, 60),
    codes: [...text.matchAll(/`([AB]\d+) …`/g)].map(([, code]) => code!),
    paths: [...text.matchAll(/`((?:src|test)\/[\w/.-]+\.test\.ts)`/g)].map(([, path]) => path!),
  }));

describe('SECURITY.md', () => {
  it.each(promises)('$promise…', ({ codes, paths }) => {
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths)
      expect(
        codes.some((code) => hasTest(path, code)),
        `${codes.join()} in ${path}`,
      ).toBe(true);
    for (const code of codes)
      expect(
        paths.some((path) => hasTest(path, code)),
        `${code} in ${paths.join()}`,
      ).toBe(true);
  });

  it('has tests for every kind of fault that was found', () => {
    const files = globSync('{src,test}/**/*.test.ts', { cwd: ROOT }).filter((path) => !path.endsWith('promises.test.ts'));
    const codes = [...Array.from({ length: 8 }, (_, i) => `A${i + 1}`), ...Array.from({ length: 15 }, (_, i) => `B${i + 1}`)];
    expect(codes.filter((code) => !files.some((path) => hasTest(path, code)))).toEqual([]);
  });
});
