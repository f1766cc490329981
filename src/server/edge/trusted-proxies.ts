import { BlockList, isIP } from 'node:net';
import type { SettingKind } from '../config/setting-kind.ts';

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
