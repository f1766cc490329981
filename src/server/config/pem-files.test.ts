import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readClientCertificate, readTlsPair } from './pem-files.ts';

let folder = '';
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pem-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = expect.objectContaining({ code: 'invalidConfiguration' });

test('a certificate and its key are read; anything else is refused before the server starts', async () => {
  const [one, two] = await Promise.all([generate(), generate()]);
  const tlsCert = file('cert.pem', one.cert);
  const tlsKey = file('key.pem', one.private);
  expect(readTlsPair({ tlsCert, tlsKey })).toEqual({ cert: one.cert, key: one.private });
  expect(readTlsPair({ tlsCert: undefined, tlsKey: undefined })).toBeUndefined();
  expect(() => readTlsPair({ tlsCert, tlsKey: file('other.pem', two.private) })).toThrow(refusal);
  expect(() => readTlsPair({ tlsCert: file('text.pem', 'text'), tlsKey })).toThrow(refusal);
  expect(() => readTlsPair({ tlsCert, tlsKey: join(folder, 'none.pem') })).toThrow(/--tls-key/);
  expect(readClientCertificate({ clientCertificate: tlsCert })).toContain('BEGIN CERTIFICATE');
  expect(() => readClientCertificate({ clientCertificate: tlsKey })).toThrow(refusal);
});
