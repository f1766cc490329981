import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EntityTag, entityTagText, parseEntityTags, satisfiesIfMatch, satisfiesIfNoneMatch, strongEqual, weakEqual } from './etag.ts';

const tag = fc.record({ weak: fc.boolean(), value: fc.stringMatching(/^[!#-~]{0,8}$/) });

describe('entity tags', () => {
  it('are read as they are written, in lists', () => {
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1 }), fc.constantFrom(',', ', ', ' , ,'), (tags, comma) => {
        expect(parseEntityTags('If-Match', tags.map(entityTagText).join(comma))).toEqual(tags);
      }),
    );
  });

  it('let If-Match and If-None-Match decide opposite ways', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant('*' as const), fc.array(tag)), fc.option(tag, { nil: undefined }), (condition, current) => {
        expect(satisfiesIfMatch(condition, current)).toBe(!satisfiesIfNoneMatch(condition, current));
      }),
    );
    const current: EntityTag = { weak: true, value: 'a' };
    expect(satisfiesIfMatch('*', current)).toBe(true);
    expect(satisfiesIfMatch('*', undefined)).toBe(false);
    expect(satisfiesIfNoneMatch('*', undefined)).toBe(true);
    expect(satisfiesIfMatch(parseEntityTags('If-Match', '"b", "a"'), current)).toBe(true);
    expect(satisfiesIfMatch(parseEntityTags('If-Match', '"b"'), current)).toBe(false);
  });

  it('are equal strongly only when both are strong', () => {
    fc.assert(
      fc.property(tag, tag, (a, b) => {
        expect(weakEqual(a, b)).toBe(a.value === b.value);
        expect(strongEqual(a, b)).toBe(weakEqual(a, b) && !a.weak && !b.weak);
      }),
    );
  });

  it('keep commas inside quotes, and know the star', () => {
    expect(parseEntityTags('If-Match', 'W/"a,b","c",')).toEqual([
      { weak: true, value: 'a,b' },
      { weak: false, value: 'c' },
    ]);
    expect(parseEntityTags('If-Match', ' * ')).toBe('*');
  });

  it.each(['', ' ', ',', 'a', '"a', '"a" "b"', 'w/"a"', '*, "a"', '"a", x', '"a b"'])('refuse %s', (text) => {
    expect(() => parseEntityTags('If-Match', text)).toThrow(expect.objectContaining({ code: 'invalidHeader', target: 'If-Match' }));
  });
});
