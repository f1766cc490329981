import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceOf, resolvePartUrl, withoutReference } from './parse-batch.ts';

const service = { origin: 'http://localhost:8080', version: 'v1.0' };

describe('the URL of a part', () => {
  it.each([
    ['users', '/v1.0/users'],
    ['/users?$top=1', '/v1.0/users?$top=1'],
    ['/v1.0/users', '/v1.0/users'],
    ['V1.0/users/', '/v1.0/users/'],
    ['v1.0', '/v1.0'],
    ['/', '/v1.0/'],
    ['v1x0/users', '/v1.0/v1x0/users'],
    ['/v1.00', '/v1.0/v1.00'],
    ['/beta/users', '/v1.0/beta/users'],
    ['HTTP://LocalHost:8080/V1.0/users', '/v1.0/users'],
    ['http://localhost:8080/v1.0?$format=json', '/v1.0?$format=json'],
    ["users?$filter=displayName eq 'é'", "/v1.0/users?$filter=displayName%20eq%20'%C3%A9'"],
    ["users('a:b')", "/v1.0/users('a:b')"],
  ])('%s leads to %s', (url, target) => {
    expect(resolvePartUrl(url, service)).toBe(target);
  });

  it.each([
    'http://localhost:8080/beta/users',
    'http://localhost:8080/v1.0x/users',
    'http://localhost:8081/v1.0/users',
    'https://localhost:8080/v1.0/users',
    'http://localhost:8080@evil.example/v1.0/users',
    'mailto:ada@contoso.com',
    'users#1',
    'users/\ud800',
  ])('%s is refused', (url) => {
    expect(() => resolvePartUrl(url, service)).toThrow(expect.objectContaining({ code: 'invalidUrl' }));
  });

  it('means the same in all its forms, and never leaves the service', () => {
    const tails = fc.array(fc.constantFrom('/', '/a', "('b')", '%20', ':c', '@d', '?e=/', '&$top=1', 'http://f', 'v1.0', '/v1.0/'));
    const path = tails.map((parts) => parts.join(''));
    fc.assert(
      fc.property(path, (tail) => {
        const relative = `users/x${tail}`; // a colon in the first segment would make it a scheme
        const target = `/v1.0/${relative}`;
        const forms = [relative, `/${relative}`, `v1.0/${relative}`, target, `${service.origin}${target}`];
        expect(forms.map((form) => resolvePartUrl(form, service))).toEqual(forms.map(() => target));
      }),
    );
    const anything = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anything, (url) => {
        let target: string;
        try {
          target = resolvePartUrl(url, service);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalidUrl' });
          return;
        }
        expect(target).toMatch(/^\/v1\.0(?:$|[/?])[\x21-\x7e]*$/);
      }),
    );
  });

  it('refers to another part by its first segment alone', () => {
    expect(['$1', '/$a b/x', '$1?$top=1', '$1/$count', 'x/$1', '$metadata', '$Batch', '$', ''].map(referenceOf)).toEqual([
      ...['1', 'a b', '1', '1'],
      ...Array(5).fill(undefined),
    ]);
    expect(withoutReference('/$1/assign?a=$1', '/v1.0/x')).toBe('/v1.0/x/assign?a=$1');
  });
});
