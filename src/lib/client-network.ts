import { isIPv6 } from 'node:net';

/**
 * The client that an address counts as in limits by address: an IPv4 address is one client, and so are the 2⁶⁴ addresses of an IPv6 network,
 * as one client may use all of them.
 * @returns the IPv4 address, the first 64 bits of an IPv6 address, anything else as it is
 */
export function clientNetwork(address = ''): string {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = [], tail] = plain.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const length = head.length + (tail ?? []).length + (plain.includes('.') ? 1 : 0); // an IPv4 address at the end is two groups
  const groups = [...head, ...Array<string>(tail === undefined ? 0 : 8 - length).fill('0'), ...(tail ?? [])];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
