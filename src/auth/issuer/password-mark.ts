import { createHmac } from 'node:crypto';
import type { IssuerSetup } from './issuer-setup.ts';

/** Tells one password of a user from the next, and nothing about them: a refresh token has it, and ends with the password. @returns undefined for none */
export const passwordMark = ({ codeSecret }: Pick<IssuerSetup, 'codeSecret'>, derived: string | undefined): string | undefined =>
  derived === undefined ? undefined : createHmac('sha256', codeSecret).update(`password ${derived}`).digest('base64url').slice(0, 22);
