import type { JSONWebKeySet } from 'jose';
import { createLocalJWKSet, errors, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

const TEMPLATE = '{tenantid}';
/** Keys older than this are fetched again before they are used. */
const FRESH_MS = 60 * 60 * 1000;
/** While the issuer cannot be reached, keys that are younger than this still serve. */
const STALE_MS = 24 * 60 * 60 * 1000;
/** An issuer is asked at most once in this time for a key that it did not have, or while it fails. */
const COOLDOWN_MS = 30 * 1000;
/** Tenants whose keys are remembered. Anybody may send tokens that name tenants, so there must be a bound. */
const MAX_TENANTS = 1000;

/** An OpenID Connect issuer that is not our own. */
export interface ExternalIssuerOptions {
  readonly clock: Clock;
  /** The `iss` of its tokens, for example `https://login.microsoftonline.com/{tenantid}/v2.0`; `{tenantid}` stands for the token's `tid`. */
  readonly issuer: string;
  /** For each of the two requests; 5,000 by default. */
  readonly timeoutMs?: number;
}

/** Trusts the tokens of an external issuer, with the keys it publishes (OpenID Connect Discovery 1.0 §4). */
export function externalIssuer(options: ExternalIssuerOptions): TrustedIssuer {
  const keys = new Map<string, JWTVerifyGetKey>(); // by issuer, in the order of last use
  return ({ issuer, tenantId }) => {
    // A tenant's issuer URL must hold the token's own tid: else one tenant could speak for another.
    if (issuer !== options.issuer.replace(TEMPLATE, tenantId)) return undefined;
    const known = keys.get(issuer) ?? publishedKeys(issuer, options);
    keys.delete(issuer);
    keys.set(issuer, known);
    if (keys.size > MAX_TENANTS) keys.delete(keys.keys().next().value as string);
    return known;
  };
}

/** The keys of one issuer: fetched when first needed, when old, and when a token names one that is not there. */
function publishedKeys(issuer: string, options: ExternalIssuerOptions): JWTVerifyGetKey {
  const { clock } = options;
  let keys: LocalJWKSet | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failure: AppError | undefined;
  let pending: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    askedAt = clock.now();
    try {
      keys = createLocalJWKSet(await fetchKeys(issuer, options.timeoutMs ?? 5000));
      fetchedAt = clock.now();
      failure = undefined;
    } catch (error) {
      failure = error instanceof AppError ? error : unavailable(issuer, error);
    }
  };
  const refresh = async (): Promise<void> => {
    if (pending === undefined && clock.now() - askedAt >= COOLDOWN_MS) {
      pending = ask().finally(() => {
        pending = undefined;
      });
    }
    await pending;
  };

  return async (header, token) => {
    if (clock.now() - fetchedAt >= FRESH_MS) await refresh();
    if (keys === undefined || clock.now() - fetchedAt >= STALE_MS) throw failure ?? unavailable(issuer);
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      if (failure !== undefined) throw failure; // the key may be a new one: we cannot know
      return await keys(header, token);
    }
  };
}

const unavailable = (issuer: string, cause?: unknown): AppError =>
  new AppError(
    'issuerUnavailable',
    `The keys of the token issuer ${new URL(issuer).host} cannot be fetched now. Send the request again later.`,
    {
      headers: { 'retry-after': String(COOLDOWN_MS / 1000) },
      cause,
    },
  );

/** Discovery, then the key set it points at. */
async function fetchKeys(issuer: string, timeoutMs: number): Promise<JSONWebKeySet> {
  const discovery = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, timeoutMs);
  const jwksUri = discovery.jwks_uri;
  if (discovery.issuer !== issuer || typeof jwksUri !== 'string')
    throw new AppError(
      'issuerUnavailable',
      'The discovery document of the token issuer names another issuer or no keys. Correct --issuer.',
    );
  if (new URL(issuer).protocol === 'https:' && new URL(jwksUri).protocol !== 'https:')
    throw new AppError('issuerUnavailable', 'The token issuer publishes its keys over plain HTTP. Use an issuer with an https jwks_uri.');
  return (await fetchJson(jwksUri, timeoutMs)) as unknown as JSONWebKeySet;
}

async function fetchJson(url: string, timeoutMs: number): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error', // a redirect could lead away from TLS or into the inner network
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.status === 400 || response.status === 404)
    // how an issuer of many tenants answers for one that it does not have
    throw new AppError('invalidToken', 'The token issuer does not know the tenant of the access token. Get a token of a tenant it knows.');
  if (response.status !== 200)
    throw new AppError(
      'issuerUnavailable',
      `The token issuer answered ${response.status} instead of its keys. Send the request again later.`,
    );
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null)
    throw new AppError('issuerUnavailable', 'The token issuer answered no JSON object. Correct --issuer.');
  return json as Record<string, unknown>;
}
