import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../lib/app-error.ts';
import { MAX_PARTS, parseBatch } from './parse-batch.ts';

const get = (id: unknown, changes: object = {}) => ({ id, method: 'GET', url: 'users', ...changes });
const parse = (...requests: readonly unknown[]) => parseBatch({ requests });

function refusal(body: unknown): [ErrorCode, string | undefined] | undefined {
  try {
    parseBatch(body);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.message).toMatch(/\.$/);
    return [error.code, error.target];
  }
}

describe('a batch', () => {
  it('is read with ids as text, methods in upper case and headers in lower case', () => {
    const [first, second] = parse(
      { ID: 1, method: 'post', URL: '/groups', headers: { 'Content-Type': 'application/json' }, body: { displayName: 'é' }, '@note': 1 },
      get('b', { dependsOn: ['1'], headers: null, body: null }),
    );
    expect(first).toEqual({
      place: 'requests/0',
      id: '1',
      method: 'POST',
      url: '/groups',
      headers: { 'content-type': 'application/json' },
      json: { value: { displayName: 'é' } },
      dependsOn: [],
    });
    expect(second).toEqual({ place: 'requests/1', id: 'b', method: 'GET', url: 'users', headers: {}, dependsOn: [first] });
    expect(second!.dependsOn[0]).toBe(first);
  });

  it('holds text as it is, and other media types as base64 of either alphabet', () => {
    const bodyOf = (type: string, body: string) =>
      Buffer.from(parse({ ...get(1), method: 'POST', headers: { 'content-type': type }, body })[0]!.body!);
    expect(bodyOf('text/plain', 'a+b').toString()).toBe('a+b');
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom('base64', 'base64url'), (bytes, alphabet) => {
        expect(bodyOf('image/png', Buffer.from(bytes).toString(alphabet as 'base64')).equals(bytes)).toBe(true);
      }),
    );
  });

  it.each<[string, unknown, ReturnType<typeof refusal>]>([
    ['no object', [], ['invalidBody', undefined]],
    ['no requests', {}, ['missingProperty', 'requests']],
    ['requests that are no array', { requests: {} }, ['invalidValue', 'requests']],
    ['an unknown member', { requests: [get(1)], request: [] }, ['unknownProperty', 'request']],
    ['no request', { requests: [] }, ['invalidRequest', 'requests']],
    ['too many', { requests: Array.from({ length: MAX_PARTS + 1 }, (_, id) => get(id)) }, ['invalidRequest', 'requests']],
    ['a request that is no object', { requests: [get(1), 'x'] }, ['invalidValue', 'requests/1']],
    ['no id', { requests: [{ method: 'GET', url: 'x' }] }, ['missingProperty', 'requests/0/id']],
    ['no method', { requests: [{ id: 1, url: 'x' }] }, ['missingProperty', 'requests/0/method']],
    ['no url', { requests: [{ id: 1, method: 'GET' }] }, ['missingProperty', 'requests/0/url']],
    ['a fraction as id', { requests: [get(1.5)] }, ['invalidValue', 'requests/0/id']],
    ['an empty id', { requests: [get('')] }, ['invalidValue', 'requests/0/id']],
    ['one id twice', { requests: [get('a'), get('A')] }, ['invalidValue', 'requests/1/id']],
    ['a number and its text as ids', { requests: [get(1), get('1')] }, ['invalidValue', 'requests/1/id']],
    ['a member twice', { requests: [get(1, { Id: 2 })] }, ['duplicateProperty', 'requests/0/id']],
    ['an unknown method', { requests: [get(1, { method: 'HEAD' })] }, ['invalidValue', 'requests/0/method']],
    ['a url that is no text', { requests: [get(1, { url: 7 })] }, ['invalidValue', 'requests/0/url']],
    ['headers that are no object', { requests: [get(1, { headers: ['a'] })] }, ['invalidValue', 'requests/0/headers']],
    ['a header that is no text', { requests: [get(1, { headers: { a: 1 } })] }, ['invalidValue', 'requests/0/headers/a']],
    ['a line break in a header', { requests: [get(1, { headers: { a: 'b\r\nc: d' } })] }, ['invalidHeader', 'requests/0/headers/a']],
    ['a name that is none', { requests: [get(1, { headers: { 'a b': '' } })] }, ['invalidHeader', 'requests/0/headers/a b']],
    ['a header twice', { requests: [get(1, { headers: { a: '', A: '' } })] }, ['duplicateProperty', 'requests/0/headers/A']],
    [
      'a coding',
      { requests: [get(1, { headers: { 'Content-Encoding': 'gzip' } })] },
      ['invalidHeader', 'requests/0/headers/Content-Encoding'],
    ],
    ['a body without its type', { requests: [get(1, { method: 'POST', body: {} })] }, ['invalidValue', 'requests/0/headers/Content-Type']],
    [
      'GET with a body',
      { requests: [get(1, { headers: { 'Content-Type': 'application/json' }, body: {} })] },
      ['invalidValue', 'requests/0/body'],
    ],
    [
      'bytes that are no base64',
      { requests: [get(1, { method: 'POST', headers: { 'Content-Type': 'image/png' }, body: '§' })] },
      ['invalidValue', 'requests/0/body'],
    ],
    [
      'a number that no double can hold',
      { requests: [get(1, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: { a: [JSON.parse('1e999')] } })] },
      ['invalidValue', 'requests/0/body'],
    ],
    ['atomicityGroup', { requests: [get(1, { atomicityGroup: 'g' })] }, ['invalidRequest', 'requests/0/atomicityGroup']],
    ['if', { requests: [get(1, { if: 'true' })] }, ['invalidRequest', 'requests/0/if']],
    ['dependsOn that is no array', { requests: [get(1), get(2, { dependsOn: '1' })] }, ['invalidValue', 'requests/1/dependsOn']],
    ['dependsOn of nothing', { requests: [get(1, { dependsOn: ['2'] })] }, ['invalidValue', 'requests/0/dependsOn/0']],
    ['dependsOn of itself', { requests: [get(1, { dependsOn: [1] })] }, ['invalidValue', 'requests/0/dependsOn/0']],
    ['a reference without dependsOn', { requests: [get(1), get(2, { url: '/$1/manager' })] }, ['invalidValue', 'requests/1/url']],
  ])('is refused with %s', (_, body, refused) => {
    expect(refusal(body)).toEqual(refused);
  });

  it('is refused exactly when requests wait for each other in a circle', () => {
    const graph = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 3 }), { minLength: 8, maxLength: 8 });
    let circular = 0;
    fc.assert(
      fc.property(graph, (edges) => {
        const refused = refusal({ requests: edges.map((dependsOn, id) => get(id, { dependsOn })) });
        if (hasCircle(edges)) {
          circular += 1;
          expect(refused).toEqual(['invalidValue', expect.stringMatching(/^requests\/\d\/dependsOn\/\d$/)]);
        } else expect(refused).toBeUndefined();
      }),
    );
    expect(circular).toBeGreaterThan(0);
  });
});

/** Takes away what waits for nothing until nothing is left, or only a circle. */
function hasCircle(edges: readonly (readonly number[])[]): boolean {
  let left = edges.map((_, node) => node);
  for (;;) {
    const blocked = left.filter((node) => edges[node]!.some((needed) => left.includes(needed)));
    if (blocked.length === left.length) return left.length > 0;
    left = blocked;
  }
}
