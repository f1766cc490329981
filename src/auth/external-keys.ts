import type { JSONWebKeySet } from 'jose';
import { createLocalJWKSet, errors, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import { LRUCache } from 'lru-cache';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

const TEMPLATE = '{tenantid}';
/** Keys older than this are fetched again before they are used. */
const FRESH_MS = 60 * 60 * 1000;
/** While the issuer cannot be reached, keys that are younger than this still serve. */
const STALE_MS = 24 * 60 * 60 * 1000;
/** An issuer is asked at most once in this time for a key that it did not have, or while it fails. */
export const COOLDOWN_MS = 30 * 1000;
/** Largest discovery document and largest key set of an issuer, in bytes. */
export const ISSUER_DOCUMENT_BYTES = 256 * 1024;
/** Bytes of the key sets that are remembered, of tenants of which a token has passed every check. */
export const PROVEN_KEYS_WEIGHT = 16 * 1024 * 1024;
/** Fetches for tenants of which no token has passed yet: anybody can send tokens that name tenants. Beyond it they are answered 503. */
export const UNPROVEN_FETCHES = { burst: 20, perSecond: 1 };
/** How many such fetches run at the same time. */
export const UNPROVEN_FETCHES_AT_ONCE = 8;
/** Tenants without a good token whose keys, or whose failure, are remembered for {@link COOLDOWN_MS}: more than {@link UNPROVEN_FETCHES} lets be fetched in it. */
const UNPROVEN_TENANTS = 100;

/** An OpenID Connect issuer that is not our own. */
export interface ExternalIssuerOptions {
  readonly clock: Clock;
  /** The `iss` of its tokens, for example `https://login.microsoftonline.com/{tenantid}/v2.0`; `{tenantid}` stands for the token's `tid`. */
  readonly issuer: string;
  /** For each of the two requests; 5,000 by default. */
  readonly timeoutMs?: number;
}

/** The keys that one issuer publishes. */
interface PublishedKeys {
  readonly find: JWTVerifyGetKey;
  /** Size of the key set that was fetched last, in bytes. */
  bytes(): number;
}

/** Takes part of a budget for a fetch. @returns called when the fetch has ended @throws busy when nothing is left */
type Admit = () => () => void;

/**
 * Trusts the tokens of an external issuer, with the keys it publishes (OpenID Connect Discovery 1.0 §4). Where the issuer has many
 * tenants, keys are kept once a token was right with them: tokens that anybody can make up cannot push them out, and share a small
 * budget for fetches.
 */
export function externalIssuer(options: ExternalIssuerOptions): TrustedIssuer {
  const { clock, issuer: template } = options;
  if (!template.includes(TEMPLATE)) {
    const keys = publishedKeys(template, options);
    return ({ issuer }) => (issuer === template ? keys : undefined);
  }
  const proven = new LRUCache<string, PublishedKeys>({ maxSize: PROVEN_KEYS_WEIGHT });
  const perf = { now: () => clock.now() };
  const unproven = new LRUCache<string, PublishedKeys>({ max: UNPROVEN_TENANTS, ttl: COOLDOWN_MS, ttlResolution: 0, perf });
  const admit = unprovenBudget(clock);
  return ({ issuer, tenantId }) => {
    // A tenant's issuer URL must hold the token's own tid: else one tenant could speak for another.
    if (issuer !== template.replace(TEMPLATE, tenantId)) return undefined;
    const keys: PublishedKeys = proven.get(issuer) ?? unproven.get(issuer) ?? publishedKeys(issuer, options, admitted);
    function admitted(): () => void {
      if (proven.has(issuer)) return () => undefined;
      const ended = admit();
      unproven.set(issuer, keys);
      return ended;
    }
    return {
      find: keys.find,
      proven() {
        unproven.delete(issuer);
        proven.set(issuer, keys, { size: keys.bytes() });
      },
    };
  };
}

function unprovenBudget(clock: Clock): Admit {
  const bucket = new TokenBucket(UNPROVEN_FETCHES, clock);
  let running = 0;
  return () => {
    const wait = running < UNPROVEN_FETCHES_AT_ONCE ? bucket.take() : 1000;
    if (wait > 0)
      throw new AppError('busy', 'Too many tenants that are new to this server are asking now. Send the request again later.', {
        headers: { 'retry-after': String(Math.ceil(wait / 1000)) },
      });
    running += 1;
    return () => {
      running -= 1;
    };
  };
}

/**
 * The keys of one issuer: fetched when first needed, when old, and when a token names one that is not there.
 * @param admit asked before each fetch; by default all are admitted
 */
function publishedKeys(issuer: string, options: ExternalIssuerOptions, admit: Admit = () => () => undefined): PublishedKeys {
  const { clock } = options;
  let keys: LocalJWKSet | undefined;
  let bytes = 0;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failure: AppError | undefined;
  let pending: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    const ended = admit();
    askedAt = clock.now();
    try {
      const fetched = await fetchKeys(issuer, options.timeoutMs ?? 5000);
      keys = createLocalJWKSet(fetched.keySet);
      bytes = fetched.bytes;
      fetchedAt = clock.now();
      failure = undefined;
    } catch (error) {
      failure = error instanceof AppError ? error : unavailable(issuer, error);
    } finally {
      ended();
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

  return {
    bytes: () => bytes,
    async find(header, token) {
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
    },
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
async function fetchKeys(issuer: string, timeoutMs: number): Promise<{ readonly keySet: JSONWebKeySet; readonly bytes: number }> {
  const { json: discovery } = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, timeoutMs);
  const jwksUri = discovery.jwks_uri;
  if (discovery.issuer !== issuer || typeof jwksUri !== 'string')
    throw new AppError(
      'issuerUnavailable',
      'The discovery document of the token issuer names another issuer or no keys. Correct --issuer.',
    );
  if (new URL(issuer).protocol === 'https:' && new URL(jwksUri).protocol !== 'https:')
    throw new AppError('issuerUnavailable', 'The token issuer publishes its keys over plain HTTP. Use an issuer with an https jwks_uri.');
  const { json, bytes } = await fetchJson(jwksUri, timeoutMs);
  return { keySet: json as unknown as JSONWebKeySet, bytes };
}

async function fetchJson(url: string, timeoutMs: number): Promise<{ readonly json: Record<string, unknown>; readonly bytes: number }> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error', // a redirect could lead away from TLS or into the inner network
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await boundedText(response);
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
  return { json: json as Record<string, unknown>, bytes: text.length };
}

/** The body of an answer. @throws issuerUnavailable as soon as it is larger than {@link ISSUER_DOCUMENT_BYTES} */
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > ISSUER_DOCUMENT_BYTES)
      throw new AppError(
        'issuerUnavailable',
        `The token issuer publishes a document of more than ${ISSUER_DOCUMENT_BYTES} bytes. Correct --issuer.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
