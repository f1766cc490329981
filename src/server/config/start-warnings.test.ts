import { expect, test } from 'vitest';
import { startText } from '../../cli/start-text.ts';
import { startWarnings } from './start-warnings.ts';

const place = { data: '/nowhere', database: undefined };

test('B11 says that clients choose the host of links, where others than this machine reach the server', () => {
  for (const host of ['127.0.0.1', '127.8.0.1', '::1', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])
    expect(startWarnings({ ...place, host, publicUrl: undefined })).toEqual([]);
  for (const host of ['0.0.0.0', '::', '192.0.2.1', '2001:db8::1', 'graph.example.org', '127.evil.example']) {
    expect(startWarnings({ ...place, host, publicUrl: 'https://graph.example.org' })).toEqual([]);
    const warnings = startWarnings({ ...place, host, publicUrl: undefined });
    expect(warnings).toEqual([expect.stringContaining('--public-url')]);
    const server = {
      url: 'http://x',
      tenantId: 't',
      clientId: 'c',
      data: '/d',
      sample: undefined,
      signIn: undefined,
      observe: () => undefined,
      stop: async () => undefined,
    };
    expect(startText({ ...server, warnings })).toContain(`Warning: ${warnings[0]}`);
  }
});
