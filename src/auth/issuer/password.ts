import { createHmac, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../../lib/app-error.ts';
import { OneByOne } from '../../lib/one-by-one.ts';
import type { IssuerSetup } from './issuer-setup.ts';
import { OAuthWait } from './oauth-error.ts';

/** Shortest password, in characters (NIST SP 800-63B §3.1.1.2). */
export const MIN_PASSWORD = 8;
/** Longest password, in characters. */
export const MAX_PASSWORD = 256;
/** Passwords that are checked or wait for it at once: each takes a fraction of a second and 32 MiB. Beyond them the answer is 429. */
export const MAX_PASSWORD_CHECKS = 16;
/** How many of them are worked on at the same time; other work needs the same threads. */
const LANES = 2;

/** Parameters of scrypt, as OWASP recommends. */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const BYTES = 32;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Normalises first: the same text is one password, however it was typed (RFC 8265 §4.2). */
const derived = (password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> =>
  derive(password.normalize('NFC'), salt, BYTES, { ...cost, maxmem: 256 * cost.N * cost.r });

/** Derives the text that a password is checked with later: parameters of scrypt (RFC 7914), salt and key. @throws invalidValue */
export async function derivePassword(password: string): Promise<string> {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD)
    throw new AppError('invalidValue', `A password has ${MIN_PASSWORD} to ${MAX_PASSWORD} characters.`, { target: 'password' });
  const salt = randomBytes(16);
  const key = await derived(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Checks passwords, a few at a time. */
export interface PasswordChecks {
  /**
   * Takes the same time for a user without a password.
   * @param known the result of {@link derivePassword}; undefined for none
   * @throws OAuthWait when too many are being checked
   */
  check(password: string, known: string | undefined): Promise<boolean>;
}

/** Makes the checks of one server. */
export function createPasswordChecks(): PasswordChecks {
  const lanes = Array.from({ length: LANES }, () => new OneByOne());
  let underWay = 0;
  let turn = 0;
  return {
    check: async (password, known) => {
      if (password.length > MAX_PASSWORD) return false;
      if (underWay >= MAX_PASSWORD_CHECKS) throw new OAuthWait('throttled', 'Too many passwords are being checked. Try again later.', 1000);
      underWay++;
      turn = (turn + 1) % LANES;
      try {
        return await lanes[turn]!.run(() => matches(password, known));
      } finally {
        underWay--;
      }
    },
  };
}

const NOBODYS = randomBytes(16);

async function matches(password: string, known: string | undefined): Promise<boolean> {
  const [, N, r, p, salt, key] = known?.split('$') ?? [];
  if (salt === undefined || key === undefined) {
    await derived(password, NOBODYS, COST);
    return false;
  }
  const expected = Buffer.from(key, 'base64url');
  const found = await derived(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** A mark that changes with the password and does not reveal it. Refresh tokens carry it, so that they end with the password. @returns undefined for none */
export const passwordMark = ({ codeSecret }: Pick<IssuerSetup, 'codeSecret'>, derived: string | undefined): string | undefined =>
  derived === undefined ? undefined : createHmac('sha256', codeSecret).update(`password ${derived}`).digest('base64url').slice(0, 22);
