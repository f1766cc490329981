import { AppError, type ErrorCode } from '../lib/app-error.ts';

/** The parameters of a `WWW-Authenticate: Bearer` header; the realm is empty (RFC 6750 §3). */
export interface Challenge {
  /** Where a client may get a token. */
  readonly authorizationUri?: string | undefined;
  /** Absent when the request had no credentials at all, as RFC 6750 §3.1 asks. */
  readonly error?: 'invalid_token' | 'insufficient_scope';
  readonly description?: string;
  readonly scope?: string;
}

/** RFC 6750 §3 allows neither quotes nor backslashes nor anything outside ASCII in these values. */
const quoted = (text: string): string => `"${text.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, ' ')}"`;

/** The value of the header. */
export function bearerChallenge(challenge: Challenge): string {
  const parameters = ['realm=""'];
  if (challenge.authorizationUri !== undefined) parameters.push(`authorization_uri=${quoted(challenge.authorizationUri)}`);
  if (challenge.error !== undefined) parameters.push(`error=${quoted(challenge.error)}`);
  if (challenge.description !== undefined) parameters.push(`error_description=${quoted(challenge.description)}`);
  if (challenge.scope !== undefined) parameters.push(`scope=${quoted(challenge.scope)}`);
  return `Bearer ${parameters.join(', ')}`;
}

/** Which error, in which words. The message must never hold any part of a token. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
}

/** The error that refuses a request for want of a good token, with its challenge header. */
export function refuse(refusal: Refusal, challenge: Challenge): AppError {
  const description = challenge.error === undefined ? {} : { description: refusal.message };
  return new AppError(refusal.code, refusal.message, {
    headers: { 'www-authenticate': bearerChallenge({ ...challenge, ...description }) },
    cause: refusal.cause,
  });
}
