import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { originResolver, trustedProxies } from './proxies.ts';

interface Case {
  readonly headers?: Record<string, string>;
  readonly peer?: string;
  readonly httpVersion?: string;
}

const message = ({ headers = {}, peer = '10.0.0.1', httpVersion = '1.1' }: Case): IncomingMessage =>
  ({ headers, httpVersion, socket: { remoteAddress: peer, localAddress: '127.0.0.1', localPort: 81 } }) as unknown as IncomingMessage;

const resolver = (rules: { publicUrl?: string; trusted?: readonly string[]; secure?: boolean } = {}) => {
  const resolve = originResolver({
    publicUrl: rules.publicUrl,
    trustedProxies: trustedProxies(rules.trusted ?? []),
    secure: rules.secure ?? false,
  });
  return (given: Case) => resolve(message(given), '/');
};

const hosts = fc.oneof(fc.domain(), fc.ipV4(), fc.constant('[2001:db8::1]'));
const ports = fc.option(fc.nat(65535), { nil: undefined });
const authority = fc.tuple(hosts, ports).map(([host, port]) => (port === undefined ? host : `${host}:${port}`));

describe('without a proxy', () => {
  test('is the scheme and the Host header, in lower case', () => {
    const plain = resolver();
    const secure = resolver({ secure: true });
    fc.assert(
      fc.property(authority, (host) => {
        expect(plain({ headers: { host: host.toUpperCase() } }).origin).toBe(`http://${host.toLowerCase()}`);
        expect(secure({ headers: { host } }).origin).toBe(`https://${host.toLowerCase()}`);
      }),
    );
  });

  test('forwarded headers do not count, whatever they hold', () => {
    const resolve = resolver({ trusted: ['192.168.0.0/16'] });
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, two) => {
        const headers = {
          host: 'here',
          'x-forwarded-host': one,
          'x-forwarded-proto': 'https',
          'x-forwarded-for': two,
          forwarded: `host=${one}`,
        };
        expect(resolve({ headers })).toEqual({ target: '/', origin: 'http://here', clientAddress: '10.0.0.1' });
      }),
    );
  });

  test('a set public URL wins', () => {
    expect(resolver({ publicUrl: 'https://p' })({ headers: { host: 'a' } }).origin).toBe('https://p');
    expect(resolver({ publicUrl: 'https://p', trusted: ['10.0.0.1'] })({ headers: { host: 'a', 'x-forwarded-host': 'b' } }).origin).toBe(
      'https://p',
    );
  });

  test('only HTTP/1.0 may leave out the host', () => {
    expect(resolver()({ httpVersion: '1.0' }).origin).toBe('http://127.0.0.1:81');
    expect(() => resolver()({})).toThrow(expect.objectContaining({ code: 'invalidRequest' }));
  });

  test.each(['', 'a b', 'a,b', 'a/b', 'u@a', 'a:b', 'a:123456', '[::1', 'ä', 'a\\b', '<x>'])('"%s" is no host', (host) => {
    expect(() => resolver()({ headers: { host } })).toThrow(expect.objectContaining({ code: 'invalidRequest', target: 'Host' }));
  });
});

describe('behind a trusted proxy', () => {
  const resolve = resolver({ trusted: ['10.0.0.0/8', '::1'] });
  test.each<[string, Record<string, string>, readonly [origin: string, client: string]]>([
    ['nothing forwarded', {}, ['http://in', '10.0.0.1']],
    [
      'one proxy',
      { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'out:8443', 'x-forwarded-for': '1.2.3.4' },
      ['https://out:8443', '1.2.3.4'],
    ],
    ['proto alone', { 'x-forwarded-proto': 'HTTPS' }, ['https://in', '10.0.0.1']],
    ['an odd proto', { 'x-forwarded-proto': 'ftp' }, ['http://in', '10.0.0.1']],
    ['what the client wrote itself', { 'x-forwarded-host': 'evil, out', 'x-forwarded-for': '9.9.9.9, 1.2.3.4' }, ['http://out', '1.2.3.4']],
    ['two proxies that append', { 'x-forwarded-host': 'out, mid', 'x-forwarded-for': '1.2.3.4, 10.0.0.2' }, ['http://out', '1.2.3.4']],
    ['two proxies that overwrite', { 'x-forwarded-host': 'out', 'x-forwarded-for': '1.2.3.4, 10.0.0.2' }, ['http://out', '1.2.3.4']],
    ['RFC 7239', { forwarded: 'for="[2001:db8::1]:4711";proto=https;host="out:1"' }, ['https://out:1', '2001:db8::1']],
    ['RFC 7239, appended', { forwarded: 'for=9.9.9.9;host=evil, For=1.2.3.4:5 ; Host=out' }, ['http://out', '1.2.3.4']],
    ['both kinds', { forwarded: 'host=out', 'x-forwarded-host': 'other' }, ['http://out', '10.0.0.1']],
  ])('%s', (_, headers, [origin, clientAddress]) => {
    expect(resolve({ headers: { host: 'in', ...headers } })).toEqual({ target: '/', origin, clientAddress });
  });

  test('a forwarded host is checked like any other', () => {
    expect(() => resolve({ headers: { host: 'in', 'x-forwarded-host': 'a b' } })).toThrow(
      expect.objectContaining({ code: 'invalidRequest' }),
    );
  });

  test('an IPv4 peer of a dual-stack socket is recognised', () => {
    expect(resolve({ peer: '::ffff:10.0.0.9', headers: { host: 'in', 'x-forwarded-host': 'out' } }).origin).toBe('http://out');
    expect(resolve({ peer: '::ffff:11.0.0.9', headers: { host: 'in', 'x-forwarded-host': 'out' } }).origin).toBe('http://in');
  });
});
