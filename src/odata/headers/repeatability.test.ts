import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HttpHeaders } from '../../lib/http.ts';
import { parseRepeatability } from './repeatability.ts';

const SENT = 'Sun, 06 Nov 1994 08:49:37 GMT';

it('reads an id and any date of HTTP', () => {
  expect(parseRepeatability({ accept: '*/*' })).toBeUndefined();
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const headers = { 'repeatability-request-id': 'a', 'repeatability-first-sent': date.toUTCString() };
      const firstSent = Math.floor(date.getTime() / 1000) * 1000;
      expect(parseRepeatability(headers)).toEqual({ requestId: 'a', clientId: undefined, firstSent });
      expect(parseRepeatability({ ...headers, 'repeatability-client-id': 'c' })).toMatchObject({ clientId: 'c' });
    }),
  );
});

it.each<[HttpHeaders, string]>([
  [{ 'repeatability-request-id': 'a' }, 'Repeatability-First-Sent'],
  [{ 'repeatability-first-sent': SENT }, 'Repeatability-Request-ID'],
  [{ 'repeatability-request-id': '', 'repeatability-first-sent': SENT }, 'Repeatability-Request-ID'],
  [{ 'repeatability-client-id': 'c' }, 'Repeatability-Request-ID'],
  ...['', 'now', '1994-11-06T08:49:37Z', 'Mon, 06 Nov 1994 08:49:37 GMT', 'Sun, 6 Nov 1994 08:49:37 GMT', `${SENT}, ${SENT}`].map(
    (sent): [HttpHeaders, string] => [{ 'repeatability-request-id': 'a', 'repeatability-first-sent': sent }, 'Repeatability-First-Sent'],
  ),
])('refuses %j', (headers, target) => {
  expect(() => parseRepeatability(headers)).toThrow(expect.objectContaining({ code: 'invalidHeader', target }));
});
