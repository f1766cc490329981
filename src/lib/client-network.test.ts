import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientNetwork } from './client-network.ts';

test('an IPv4 address is itself, also where IPv6 wraps it', () => {
  expect(['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:192.0.2.1'].map((address) => clientNetwork(address))).toEqual(
    Array(3).fill('192.0.2.1'),
  );
});

test('all addresses of an IPv6 network are one, however they are written', () => {
  const same = [
    '2001:db8:0:1::1',
    '2001:0DB8:0:1:ffff:0:0:2',
    '2001:db8::1:0:0:1:2',
    '2001:db8::1:2:3:4:5%eth0',
    '2001:db8:0:1::192.0.2.1',
  ];
  expect(same.map((address) => clientNetwork(address))).toEqual(Array(5).fill('2001:db8:0:1'));
  expect(['::1', '::', 'fe80::1%lo'].map((address) => clientNetwork(address))).toEqual(['0:0:0:0', '0:0:0:0', 'fe80:0:0:0']);
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), fc.array(group, { minLength: 4, maxLength: 4 }), (network, host) => {
      const written = [...network, ...host].map((each) => each.toString(16)).join(':');
      const short = new URL(`http://[${written}]`).hostname.slice(1, -1);
      expect(clientNetwork(short)).toBe(clientNetwork(written));
      expect(clientNetwork(written)).toBe(network.map((each) => each.toString(16)).join(':'));
    }),
  );
});

test('what is no address is left alone', () => {
  expect([clientNetwork(undefined), clientNetwork('unknown'), clientNetwork('_hidden')]).toEqual(['', 'unknown', '_hidden']);
});
