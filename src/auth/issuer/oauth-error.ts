import type { Clock } from '../../lib/clock.ts';
import type { HttpHeaders, HttpRequest, HttpResponse } from '../../lib/http.ts';
import { isUuid, uuidV4 } from '../../lib/ids.ts';
import { jsonAnswer, messagePage } from './answers.ts';

/** OAuth error (RFC 6749 §5.2, RFC 8628 §3.5), Entra's number of it, and the status. The only statuses of the issuer's errors. */
const ERRORS = {
  missingParameter: ['invalid_request', 900144, 400],
  invalidRequest: ['invalid_request', 9000410, 400],
  wrongMethod: ['invalid_request', 900561, 405],
  unknownTenant: ['invalid_request', 90002, 400],
  unsupportedGrant: ['unsupported_grant_type', 70003, 400],
  unknownClient: ['unauthorized_client', 700016, 400],
  noCredentials: ['invalid_client', 7000218, 401],
  wrongSecret: ['invalid_client', 7000215, 401],
  wrongAssertion: ['invalid_client', 700027, 401],
  wrongScope: ['invalid_scope', 70011, 400],
  wrongResource: ['invalid_resource', 500011, 400],
  wrongGrant: ['invalid_grant', 70000, 400],
  expiredCode: ['invalid_grant', 70008, 400],
  wrongRedirect: ['invalid_request', 50011, 400],
  wrongSignIn: ['invalid_grant', 50126, 400],
  loginRequired: ['login_required', 50058, 400],
  wrongResponseType: ['unsupported_response_type', 700051, 400],
  expiredRefreshToken: ['invalid_grant', 700082, 400],
  pending: ['authorization_pending', 70016, 400],
  slowDown: ['slow_down', 70016, 400],
  declined: ['access_denied', 65004, 400],
  expiredDeviceCode: ['expired_token', 70020, 400],
  tooManyCodes: ['temporarily_unavailable', 90033, 503],
  throttled: ['temporarily_unavailable', 90055, 429],
  unavailable: ['temporarily_unavailable', 90033, 503],
} as const;

export type OAuthErrorKind = keyof typeof ERRORS;

/** A refusal of the token issuer, in the words of OAuth and not of Graph. */
export class OAuthError extends Error {
  readonly kind: OAuthErrorKind;

  /** @param message what to do, shown to the client; `cause` is for logs only */
  constructor(kind: OAuthErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OAuthError';
    this.kind = kind;
  }
}

/** A refusal that ends by itself. */
export class OAuthWait extends OAuthError {
  readonly retryAfterSeconds: number;

  /** @param milliseconds until the same request is not refused for this reason */
  constructor(kind: 'tooManyCodes' | 'throttled', message: string, milliseconds: number) {
    super(kind, message);
    this.retryAfterSeconds = secondsOf(milliseconds);
  }
}

/** A `Retry-After` that is never too short. */
export const secondsOf = (milliseconds: number): number => Math.max(1, Math.ceil(milliseconds / 1000));

function headersOf(error: OAuthError, request: HttpRequest): HttpHeaders {
  if (error.kind === 'unavailable') return { 'retry-after': '1' };
  // RFC 6749 §5.2: a client that used the Authorization header is told its scheme.
  if (ERRORS[error.kind][2] === 401 && request.headers.authorization !== undefined) return { 'www-authenticate': 'Basic realm="token"' };
  return waitOf(error);
}

/** An error in the words of OAuth, with Entra's number in its text. */
export function describeError({ kind, message }: OAuthError) {
  const [name, number, status] = ERRORS[kind];
  return { name, number, status, text: `AADSTS${number}: ${message}` };
}

/** An error as the parameters of a redirect (RFC 6749 §4.1.2.1). */
export function refusalParameters(error: OAuthError): Record<string, string> {
  const { name, text } = describeError(error);
  return { error: name, error_description: text };
}

/** A page that tells a person of an error. @throws the error, when it is not one of the issuer's */
export function refusalPage(title: string, error: unknown): HttpResponse {
  if (!(error instanceof OAuthError)) throw error;
  const { status, text } = describeError(error);
  return { ...messagePage(title, text, { status, headers: waitOf(error), role: 'alert' }), facts: { error } };
}

/** `Retry-After`, for a refusal that ends by itself. */
export const waitOf = (error: unknown): HttpHeaders =>
  error instanceof OAuthWait ? { 'retry-after': String(error.retryAfterSeconds) } : {};

/** The answer for an error, in Entra's shape. */
export function oauthErrorAnswer(error: OAuthError, request: HttpRequest, clock: Clock): HttpResponse {
  const { name, number, status, text } = describeError(error);
  const asked = request.headers['client-request-id'];
  const body = {
    error: name,
    error_description: text,
    error_codes: [number],
    timestamp: `${new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`,
    trace_id: request.requestId,
    correlation_id: asked !== undefined && isUuid(asked) ? asked : uuidV4(),
  };
  return jsonAnswer(body, status, headersOf(error, request));
}
