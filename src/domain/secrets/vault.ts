import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import type { Value } from '../../edm/primitive.ts';
import { formatSealed, parseSealed } from '../../edm/sealed.ts';
import { AppError } from '../../lib/app-error.ts';

/**
 * Secrets at rest (docs/adr/0012-secrets-at-rest.md). Values with the `secret` facet are stored as AES-256-GCM ciphertexts, each bound to its
 * tenant, type, id and property. Several keys may open, the first one seals. A read through the API is logged (`secret-read.ts`).
 */

/** The place of a secret. It is authenticated with the ciphertext: a ciphertext that was copied to another place does not open. */
export interface SecretPlace {
  readonly tenantId: string;
  /** Name of the entity type. */
  readonly type: string;
  readonly id: string;
  readonly property: string;
}

/** Encrypts and decrypts the values of properties with the `secret` facet. */
export interface Vault {
  /** Names of its keys, as in the values that they sealed. The newest comes first. */
  readonly keyIds: readonly string[];
  /** Encrypts with the newest key. */
  seal(value: Value, place: SecretPlace): string;
  /** @throws secretUnreadable when no key fits, or the value was changed or moved */
  open(sealed: Value, place: SecretPlace): Value;
  /** Whether a value is encrypted with the newest key. */
  isCurrent(sealed: Value): boolean;
}

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** Plaintexts are padded to a multiple of this, as the length of a ciphertext would give away that of a password. */
const PADDING = 64;

/** The name of a key in the values that it sealed. It says nothing about the key. */
export const keyIdOf = (key: Uint8Array): string =>
  hash('sha256', Buffer.concat([Buffer.from('muster key id\0'), key]), 'hex').slice(0, 16);

/** @param keys of {@link KEY_BYTES} each: the first seals, all open */
export function createVault(keys: readonly Uint8Array[]): Vault {
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]));
  const [current] = byId.keys();
  return {
    keyIds: [...byId.keys()],
    seal(value, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, byId.get(current!)!, nonce).setAAD(placeBytes(current!, place));
      const sealed = Buffer.concat([nonce, cipher.update(padded(value)), cipher.final(), cipher.getAuthTag()]);
      return formatSealed(current!, sealed);
    },
    open(sealed, place) {
      const parsed = parseSealed(sealed);
      if (parsed === undefined || parsed.bytes.length < NONCE_BYTES + TAG_BYTES) throw unreadable(place, 'is damaged');
      const { keyId, bytes } = parsed;
      const key = byId.get(keyId);
      if (key === undefined) throw unreadable(place, `was encrypted with the key ${keyId}, which is not among the server's keys`);
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(placeBytes(keyId, place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
        const value: Value = JSON.parse(text.toString('utf8'));
        return value;
      } catch {
        throw unreadable(place, 'was changed, or belongs to another entity'); // no cause: it could hold what was decrypted
      }
    },
    isCurrent: (sealed) => parseSealed(sealed)?.keyId === current,
  };
}

/** JSON may end in spaces. */
function padded(value: Value): Buffer {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  return Buffer.concat([bytes, Buffer.alloc((PADDING - (bytes.length % PADDING)) % PADDING, ' ')]);
}

const placeBytes = (keyId: string, { tenantId, type, id, property }: SecretPlace): Buffer =>
  Buffer.from(JSON.stringify(['muster', keyId, tenantId, type, id, property]), 'utf8');

const unreadable = ({ type, id, property }: SecretPlace, problem: string): AppError =>
  new AppError(
    'secretUnreadable',
    `'${property}' of ${type} '${id}' cannot be decrypted: it ${problem}. Restore the file of keys; 'muster doctor' lists all such values.`,
    { target: property },
  );
