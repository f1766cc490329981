import { hash, timingSafeEqual } from 'node:crypto';

/** Compares secrets in a time that says nothing about where they differ. Hashing first hides their lengths. */
export const sameSecret = (one: string, other: string): boolean =>
  timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));

/** Whether any of `secrets` is the offered one; all are compared. */
export const isOneOf = (secrets: readonly string[], offered: string): boolean =>
  secrets.map((secret) => sameSecret(secret, offered)).includes(true);
