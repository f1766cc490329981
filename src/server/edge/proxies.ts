import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { AppError } from '../../lib/app-error.ts';
import type { SettingKind } from '../config/setting-kind.ts';

/** What decides how a client sees this server. */
export interface OriginRules {
  /** Wins over all that requests say. */
  readonly publicUrl: string | undefined;
  readonly trustedProxies: TrustedProxies | undefined;
  /** Whether the server itself speaks TLS. */
  readonly secure: boolean;
}

/** Where a request came from and what it called us. */
export interface RequestOrigin {
  /** Path and query as sent. */
  readonly target: string;
  /** Scheme, host and port, without a trailing slash. */
  readonly origin: string;
  readonly clientAddress: string;
}

/** The headers of one proxied request that matter here. */
interface Forwarded {
  readonly host: string | undefined;
  readonly scheme: string | undefined;
  readonly client: string | undefined;
}

// RFC 9110 §7.2: a registered name, an IPv4 address or an IPv6 address in brackets, and a port.
const HOST = /^(?:[a-z0-9._~-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

// RFC 9112 §3.2.2: clients may send a whole URL as to a proxy; its authority then counts instead of Host.
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/**
 * Makes the function that finds a request's origin: the public URL if one is set, else what a trusted proxy forwarded,
 * else the `Host` header.
 * @throws invalidRequest (from the returned function) when the host is missing or malformed
 */
export function originResolver(rules: OriginRules): (message: IncomingMessage, sent: string) => RequestOrigin {
  const scheme = rules.secure ? 'https' : 'http';
  let lastHost: string | undefined;
  let lastOrigin = '';
  return (message, sent) => {
    const absolute = sent.startsWith('/') ? null : ABSOLUTE.exec(sent);
    const target = absolute === null ? sent : sent.slice(absolute[0].length) || '/';
    const host = absolute?.[1] ?? message.headers.host ?? hostOfOldClient(message);
    // Nearly all requests of a server name the same host: one comparison instead of a regular expression and a new string.
    if (host !== lastHost) {
      lastOrigin = `${scheme}://${checked(host)}`;
      lastHost = host;
    }
    const address = message.socket.remoteAddress ?? '';
    if (rules.trustedProxies?.(address) !== true) return { target, origin: rules.publicUrl ?? lastOrigin, clientAddress: address };
    const forwarded = readForwarded(message, rules.trustedProxies);
    const clientAddress = forwarded.client ?? address;
    if (rules.publicUrl !== undefined) return { target, origin: rules.publicUrl, clientAddress };
    return { target, origin: `${forwarded.scheme ?? scheme}://${checked(forwarded.host ?? host)}`, clientAddress };
  };
}

const checked = (host: string): string => {
  if (HOST.test(host)) return host.toLowerCase();
  throw new AppError('invalidRequest', 'The Host header must be one host name or IP address, with a port if need be.', { target: 'Host' });
};

/** Only HTTP/1.0 may leave out `Host` (RFC 9112 §3.2); it is answered with the address that it connected to. */
function hostOfOldClient(message: IncomingMessage): string {
  if (message.httpVersion !== '1.0') throw new AppError('invalidRequest', 'The request has no Host header. Send one.', { target: 'Host' });
  const { localAddress = '127.0.0.1', localPort = 80 } = message.socket as Socket;
  return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
}

/** `Forwarded` (RFC 7239) if it is there, else the `X-Forwarded-…` headers. Proxies append on the right, so lists are read from there. */
function readForwarded(message: IncomingMessage, isTrusted: TrustedProxies): Forwarded {
  const { forwarded } = message.headers;
  if (forwarded === undefined) {
    const addresses = list(message.headers['x-forwarded-for']);
    const hops = trustedHops(addresses, isTrusted);
    return {
      host: outermost(list(message.headers['x-forwarded-host']), hops),
      scheme: webScheme(outermost(list(message.headers['x-forwarded-proto']), hops)),
      client: addresses.at(-hops),
    };
  }
  const elements = list(forwarded).map(readElement);
  const hops = trustedHops(
    elements.map((element) => element.get('for') ?? ''),
    isTrusted,
  );
  const element = outermost(elements, hops);
  return { host: element?.get('host'), scheme: webScheme(element?.get('proto')), client: element?.get('for') };
}

/** How many proxies on the right of the list are trusted: the peer itself, and each that a trusted one names. */
function trustedHops(addresses: readonly string[], isTrusted: TrustedProxies): number {
  let hops = 1;
  while (hops < addresses.length && isTrusted(addresses.at(-hops)!)) hops += 1;
  return hops;
}

/** The item that the outermost trusted proxy wrote. A shorter list was overwritten on the way, by a trusted proxy too. */
const outermost = <T>(items: readonly T[], hops: number): T | undefined => items[Math.max(0, items.length - hops)];

const webScheme = (value: string | undefined): string | undefined =>
  value !== undefined && /^https?$/i.test(value) ? value.toLowerCase() : undefined;

const list = (header: string | string[] | undefined): string[] =>
  header === undefined
    ? []
    : String(header)
        .split(',')
        .map((item) => item.trim());

/** `for="[2001:db8::1]:4711";proto=https` → its parameters; a port behind an address is dropped. */
function readElement(element: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of element.split(';')) {
    const [name = '', quoted = ''] = pair.split(/=(.*)/s);
    const value = quoted.trim().replace(/^"(.*)"$/s, '$1');
    const key = name.trim().toLowerCase();
    parameters.set(key, key === 'for' ? value.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1') : value);
  }
  return parameters;
}

const parts = (range: string): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined => {
  const [address = '', prefix, ...rest] = range.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  const bits = version === 4 ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)) return undefined;
  return { address, prefix: prefix === undefined ? bits : Number(prefix), family: version === 4 ? 'ipv4' : 'ipv6' };
};

/** An IP address or a CIDR range of them (RFC 4632, RFC 4291 §2.3). */
export const addressRange: SettingKind<string> = {
  placeholder: 'address',
  allowed: 'an IP address or a CIDR range, for example 10.0.0.0/8',
  parse: (value) => (parts(value) === undefined ? undefined : value),
};

/** Tells whether an IP address belongs to a proxy whose forwarded headers count. */
export type TrustedProxies = (address: string) => boolean;

/**
 * @param ranges addresses and CIDR ranges, checked by {@link addressRange} before
 * @returns undefined when no proxy is trusted, so that the common case costs nothing
 */
export function trustedProxies(ranges: readonly string[]): TrustedProxies | undefined {
  if (ranges.length === 0) return undefined;
  const list = new BlockList();
  for (const range of ranges) {
    const part = parts(range);
    if (part !== undefined) list.addSubnet(part.address, part.prefix, part.family);
  }
  // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d; BlockList matches these against IPv4 rules by itself.
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}
