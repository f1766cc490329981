import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { readSkipToken, withSkipToken, writeSkipToken } from './paging.ts';

const scope = { secret: new Uint8Array(32).fill(7), tenantId: uuidV4(), path: '/users', query: '$top=2' };
const values = fc.array(
  fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  ),
  { maxLength: 5 },
) as fc.Arbitrary<Value[]>;

const refused = (read: () => unknown): void => {
  expect(read).toThrow(AppError);
  expect(read).toThrow(expect.objectContaining({ code: 'invalidSkipToken', target: '$skiptoken' }));
};

it('gives back what was put in, in letters that a URL can hold', () =>
  fc.assert(
    fc.property(values, (after) => {
      const token = writeSkipToken(scope, after);
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(readSkipToken(scope, token)).toEqual(after);
    }),
  ));

it('is of use with the same secret, tenant, path and query only', () =>
  fc.assert(
    fc.property(values, fc.constantFrom('secret', 'tenantId', 'path', 'query'), (after, part) => {
      const token = writeSkipToken(scope, after);
      refused(() => readSkipToken({ ...scope, [part]: part === 'secret' ? new Uint8Array(32) : `${scope[part as 'path']}x` }, token));
    }),
  ));

it('cannot move anything from one part of its scope to the next', () => {
  const token = writeSkipToken({ ...scope, path: '/users', query: 'a' }, [1]);
  refused(() => readSkipToken({ ...scope, path: '/usersa', query: '' }, token));
  refused(() => readSkipToken({ ...scope, path: '/user', query: 'sa' }, token));
});

it('is for this query in any order and encoding, not for one that only looks the same decoded', () => {
  const token = writeSkipToken({ ...scope, query: "$filter=a%20eq%20'x'&$top=2" }, [1]);
  expect(readSkipToken({ ...scope, query: "top=2&filter=a eq 'x'&$skiptoken=y" }, token)).toEqual([1]);
  const forged = writeSkipToken({ ...scope, query: '$search=x%26top=3' }, [1]);
  refused(() => readSkipToken({ ...scope, query: '$search=x&top=3' }, forged));
});

it('cannot be made up', () =>
  fc.assert(fc.property(fc.oneof(fc.string(), fc.base64String()), (token) => refused(() => readSkipToken(scope, token)))));

it('takes the place of an older token and leaves every other option as it was', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '$top=2',
          "$filter=a%20eq%20'x'",
          '$skiptoken=old',
          'skiptoken=old',
          '%24skiptoken=old',
          '$SkipToken=old',
          'x=skiptoken',
          '',
        ),
        { maxLength: 5 },
      ),
      (options) => {
        const query = withSkipToken(options.join('&'), 'new');
        const kept = options.filter((option) => option !== '' && !option.includes('=old'));
        expect(query).toBe([...kept, '$skiptoken=new'].join('&'));
        expect(withSkipToken(query, 'newer')).toBe(query.replace(/new$/, 'newer'));
      },
    ),
  ));

it('B13 is authenticated by an HMAC over tenant, path, query and values', () => {
  const payload = '["a",1]';
  const message = `${scope.tenantId}\n/users?["top","2"]\n${payload}`;
  const mac = createHmac('sha256', scope.secret).update(message).digest('base64url').slice(0, 22);
  expect(writeSkipToken(scope, ['a', 1])).toBe(mac + Buffer.from(payload).toString('base64url'));
});
