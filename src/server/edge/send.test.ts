import { request } from 'node:https';
import { generate } from 'selfsigned';
import { expect, test } from 'vitest';
import { openEdge } from '../../../test/support/edge-fixture.ts';
import { securityHeaders } from './send.ts';

const STRICT = 'strict-transport-security';

test('https-only is said over https alone, and never of localhost, which belongs to other programs too', () => {
  expect(securityHeaders(true, 'graph.example.org:8443')[STRICT]).toMatch(/^max-age=\d{8,}$/);
  expect(securityHeaders(true, '127.0.0.1')[STRICT]).toBeDefined(); // which browsers ignore
  for (const host of ['localhost', 'localhost:8443', 'LOCALHOST']) expect(securityHeaders(true, host)[STRICT]).toBeUndefined();
  expect(securityHeaders(true, 'localhost.example.org')[STRICT]).toBeDefined();
  expect(securityHeaders(false, 'graph.example.org')[STRICT]).toBeUndefined();
});

test('answers over https carry it, errors too', async () => {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }]);
  await using edge = await openEdge({ tls: { cert: pems.cert, key: pems.private } });
  const headers = (path: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      request(edge.url + path, { ca: pems.cert, rejectUnauthorized: false }, (answer) => resolve(answer.resume().headers))
        .on('error', reject)
        .end();
    });
  for (const path of ['/x', `/${'x'.repeat(17_000)}`]) {
    expect(await headers(path)).toMatchObject({ [STRICT]: 'max-age=31536000', 'x-content-type-options': 'nosniff' });
  }
});

test('what is no HTTP is told not to guess either', async () => {
  await using edge = await openEdge();
  expect(await edge.send('nonsense\r\n\r\n')).toMatch(/x-content-type-options: nosniff\r\n/);
});
