import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { type MediaType, negotiateFormat } from './negotiate-format.ts';

const JSON_ONLY: readonly MediaType[] = ['application/json'];
const METADATA: readonly MediaType[] = ['application/xml', 'application/json'];
const choose = (accept: string | undefined, offered = JSON_ONLY) => negotiateFormat({ accept }, offered);
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('negotiateFormat', () => {
  it('answers with an offered media type or refuses, whatever is asked for', () => {
    const type = fc.constantFrom('application/json', 'application/xml', 'text/plain', 'application/*', '*/*', 'text/*', 'json');
    const parameter = fc.constantFrom(
      '',
      ';q=0',
      ';q=0.5',
      ';q=2',
      ';metadata=full',
      ';odata.metadata=x',
      ';charset=utf-8',
      ';charset=latin1',
      ';x=y',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(type, parameter).map(([t, p]) => t + p)), fc.constantFrom(JSON_ONLY, METADATA), (ranges, offered) => {
        const accept = ranges.join(', ');
        const code = codeOf(() => expect(offered).toContain(choose(accept, offered).mediaType));
        expect(['accepted', 'notAcceptable', 'invalidHeader']).toContain(code);
      }),
      { numRuns: 1000 },
    );
  });

  it('never lets the order of equally good ranges of different types beat the server’s order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['application/json', 'application/xml'], { minLength: 2 }), (types) => {
        expect(
          choose(
            types
              .map((t) => `${t};q=0.5`)
              .concat('*/*')
              .join(','),
            METADATA,
          ).mediaType,
        ).toBe('application/xml');
      }),
    );
  });

  it.each([
    [undefined, 'minimal'],
    ['', 'minimal'],
    ['*/*', 'minimal'],
    ['application/*', 'minimal'],
    ['application/json', 'minimal'],
    ['application/json, text/plain, */*', 'minimal'],
    ['application/json;odata.metadata=full', 'full'],
    ['Application/JSON; metadata=NONE', 'none'],
    ['application/json;odata.metadata=full;q=0.2, application/json;metadata=none;q=0.8', 'none'],
    ['application/json;x=y, application/json;q=0.1', 'minimal'],
    ['application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8', 'minimal'],
    ['text/html, application/json;q=0.9;ext=1', 'minimal'],
  ])('Accept: %s gives metadata %s', (accept, metadata) => {
    expect(choose(accept)).toMatchObject({ mediaType: 'application/json', metadata });
  });

  it('reports the other format parameters', () => {
    expect(choose('application/json;IEEE754Compatible=true;streaming=true;charset="UTF-8"')).toEqual({
      mediaType: 'application/json',
      metadata: 'minimal',
      ieee754Compatible: true,
      streaming: true,
      charset: true,
    });
  });

  it.each([
    'text/html',
    'application/json;x=y',
    'application/json;odata.metadata=most',
    'application/json;charset=latin1',
    'application/json;q=0',
    'application/json;q=0, */*',
    'application/xml',
  ])('cannot meet Accept: %s', (accept) => {
    expect(codeOf(() => choose(accept))).toBe('notAcceptable');
  });

  it.each(['json', 'application/json;q=2', 'a/b/c', 'application/json"'])('refuses the malformed Accept: %s', (accept) => {
    expect(codeOf(() => choose(accept))).toBe('invalidHeader');
  });

  it('lets $format win over Accept, with short names', () => {
    const format = (text: string) => negotiateFormat({ accept: 'application/xml', format: text }, METADATA);
    expect(format('json')).toMatchObject({ mediaType: 'application/json' });
    expect(format('XML')).toMatchObject({ mediaType: 'application/xml' });
    expect(format('application/json;odata.metadata=none')).toMatchObject({ metadata: 'none' });
    for (const text of ['atom', 'text/html', 'application/json;a=b', 'application/json,application/xml', '*/*']) {
      expect(codeOf(() => format(text))).toBe('notAcceptable');
    }
  });

  it('offers XML and plain text where they are offered', () => {
    expect(choose('application/xml', METADATA).mediaType).toBe('application/xml');
    expect(choose('application/json', METADATA).mediaType).toBe('application/json');
    expect(choose('*/*', METADATA).mediaType).toBe('application/xml');
    expect(choose('text/plain;charset=utf-8', ['text/plain'])).toMatchObject({ mediaType: 'text/plain', charset: true });
  });
});
