import fc from 'fast-check';
import { expect, it } from 'vitest';
import { writeBatch } from './write-batch.ts';

const read = (headers: Record<string, string>, body?: string | Uint8Array) =>
  JSON.parse(writeBatch([{ id: 'a"b', response: { status: 200, headers, ...(body === undefined ? {} : { body }) } }])).responses[0];

it('has the headers under the names that clients look for', () => {
  const headers = {
    'content-type': 'a',
    etag: 'b',
    'retry-after': '1',
    'odata-version': '4.0',
    'request-id': 'c',
    'www-authenticate': 'd',
  };
  expect(read(headers)).toEqual({
    id: 'a"b',
    status: 200,
    headers: { 'Content-Type': 'a', ETag: 'b', 'Retry-After': '1', 'OData-Version': '4.0', 'request-id': 'c', 'WWW-Authenticate': 'd' },
  });
  expect(read({}).headers).toEqual({});
});

it('has JSON as JSON, text as text, and all else as base64', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), fc.uint8Array(), (json, text, bytes) => {
      expect(read({ 'content-type': 'application/json;odata.metadata=minimal' }, json).body).toEqual(JSON.parse(json));
      expect(read({ 'content-type': 'text/plain' }, text).body).toBe(Buffer.from(text).toString());
      expect(Buffer.from(read({ 'content-type': 'application/octet-stream' }, bytes).body, 'base64').equals(bytes)).toBe(true);
    }),
  );
});
