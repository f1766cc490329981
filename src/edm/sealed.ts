/**
 * The form of a sealed value, as a column with the `secret` facet holds it: `v1:<key id>:<nonce, ciphertext and tag>`. The domain's
 * vault makes it; stores refuse anything else in such a column, so that a forgotten seal cannot put a secret on the disk.
 */
const SEALED = /^v1:([0-9a-f]{16}):([\w-]+)$/;

/** The parts of a sealed value, or undefined when it is none. */
export function parseSealed(value: unknown): { readonly keyId: string; readonly bytes: Buffer } | undefined {
  const match = typeof value === 'string' ? SEALED.exec(value) : null;
  return match === null ? undefined : { keyId: match[1]!, bytes: Buffer.from(match[2]!, 'base64url') };
}

/** Writes a sealed value. */
export const formatSealed = (keyId: string, bytes: Uint8Array): string => `v1:${keyId}:${Buffer.from(bytes).toString('base64url')}`;
