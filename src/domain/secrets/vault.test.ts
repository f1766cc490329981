import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatSealed, parseSealed } from '../../edm/sealed.ts';
import { createVault, keyIdOf, type SecretPlace } from './vault.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const twoKeys = fc.uniqueArray(key, { minLength: 2, maxLength: 2, selector: keyIdOf });
const value = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' })));
const place = fc.record({ tenantId: fc.uuid(), type: fc.string(), id: fc.uuid(), property: fc.string() });

const unreadable = expect.objectContaining({ code: 'secretUnreadable' });

test('what was sealed opens again, in its own place, with any set of keys that has its own', () => {
  fc.assert(
    fc.property(twoKeys, fc.tuple(value, place), ([mine, other], [secret, where]) => {
      const sealed = createVault([mine!]).seal(secret, where);
      for (const keys of [[mine!], [mine!, other!], [other!, mine!]]) expect(createVault(keys).open(sealed, where)).toEqual(secret);
    }),
  );
});

test('two seals of one value share nothing, and tell its length only roughly', () => {
  const where: SecretPlace = { tenantId: 't', type: 'x', id: 'i', property: 'p' };
  fc.assert(
    fc.property(key, fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (mine, one, other) => {
      const vault = createVault([mine]);
      expect(vault.seal(one, where)).not.toBe(vault.seal(one, where));
      expect(vault.seal(one, where).length).toBe(vault.seal(other, where).length);
    }),
  );
});

const damage = fc.record({ secret: fc.string({ minLength: 12 }), at: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) });

test('a changed byte, a cut end and another place are found out, and nothing of the value is told', () => {
  fc.assert(
    fc.property(key, place, damage, (mine, where, { secret, at, flip }) => {
      const vault = createVault([mine]);
      const { keyId, bytes } = parseSealed(vault.seal(secret, where))!;
      const changed = Buffer.from(bytes);
      changed[at % bytes.length]! ^= flip;
      const attempts: (readonly [string, SecretPlace])[] = [
        [formatSealed(keyId, changed), where],
        [formatSealed(keyId, bytes.subarray(0, at % bytes.length)), where],
        [formatSealed(keyId, bytes), { ...where, tenantId: `${where.tenantId}x` }],
        [formatSealed(keyId, bytes), { ...where, type: `${where.type}x` }],
        [formatSealed(keyId, bytes), { ...where, id: `${where.id}x` }],
        [formatSealed(keyId, bytes), { ...where, property: `${where.property}x` }],
        [secret, where],
      ];
      for (const [sealed, there] of attempts) {
        let error: unknown;
        try {
          vault.open(sealed, there);
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toEqual(unreadable);
        expect((error as Error).cause).toBeUndefined();
      }
    }),
  );
});

test('another key does not open, and is named', () => {
  fc.assert(
    fc.property(twoKeys, fc.tuple(value, place), ([mine, other], [secret, where]) => {
      const sealed = createVault([mine!]).seal(secret, where);
      expect(() => createVault([other!]).open(sealed, where)).toThrow(keyIdOf(mine!));
      expect(() => createVault([]).open(sealed, where)).toThrow(unreadable);
      expect([createVault([mine!]).isCurrent(sealed), createVault([other!, mine!]).isCurrent(sealed)]).toEqual([true, false]);
    }),
  );
});
