import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bearerChallenge } from './challenge.ts';

test('no text can break out of a quoted value or of the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const header = bearerChallenge({ error: 'invalid_token', description: text, authorizationUri: text, scope: text });
      expect(header).toMatch(/^Bearer realm=""(, [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*")+$/);
    }),
  );
});
