import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import { SharedAnswer } from '../lib/shared-answer.ts';
import { TokenBucket } from '../lib/token-bucket.ts';
import type { TrustedIssuer } from './verify-token.ts';

const TEMPLATE = '{tenantid}';
/** Keys older than this are fetched again before they are used. */
const FRESH_MS = 60 * 60 * 1000;
/** While the issuer cannot be reached, keys younger than this still serve. */
const STALE_MS = 24 * 60 * 60 * 1000;
/** An issuer is asked at most once in this time, whether it answers or fails. */
export const COOLDOWN_MS = 30 * 1000;
/** Largest discovery document and largest key set of an issuer, in bytes. */
export const ISSUER_DOCUMENT_BYTES = 256 * 1024;
/** Bytes of the key sets of proven tenants: a token of theirs has passed every check. */
export const PROVEN_KEYS_WEIGHT = 16 * 1024 * 1024;
/** Fetches for unproven tenants: anybody can send tokens that name tenants. Beyond them the answer is 503. */
export const UNPROVEN_FETCHES = { burst: 20, perSecond: 1 };
/** How many such fetches run at the same time. */
export const UNPROVEN_FETCHES_AT_ONCE = 8;
/** Unproven tenants whose keys or failure are remembered for {@link COOLDOWN_MS}: more than {@link UNPROVEN_FETCHES} allows in that time. */
const UNPROVEN_TENANTS = 100;

/** An OpenID Connect issuer that is not our own. */
export interface ExternalIssuerOptions {
  readonly clock: Clock;
  /** The `iss` of its tokens, for example `https://login.microsoftonline.com/{tenantid}/v2.0`; `{tenantid}` stands for the token's `tid`. */
  readonly issuer: string;
  /** For each of the two requests; 5,000 by default. */
  readonly timeoutMs?: number;
}

interface FetchedKeys {
  readonly find: JWTVerifyGetKey;
  /** Size of the key set. */
  readonly bytes: number;
  readonly fetchedAt: number;
}

/** The keys of one issuer, fetched as they are needed. */
interface PublishedKeys {
  readonly find: JWTVerifyGetKey;
  /** Size of the key set that was fetched last, in bytes. */
  bytes(): number;
}

/** Runs a fetch, if there may be one now. @throws busy */
type Admit = (fetch: () => Promise<FetchedKeys>) => Promise<FetchedKeys>;

/**
 * Trusts the tokens of an external issuer, with the keys it publishes (OpenID Connect Discovery 1.0 §4). Where the issuer has many
 * tenants, keys are kept once a token was right with them: tokens that anybody can make up cannot push them out, and share a small
 * budget for fetches.
 *
 * Why this is not jose's `createRemoteJWKSet`: docs/adr/0007-libraries.md.
 */
export function externalIssuer(options: ExternalIssuerOptions): TrustedIssuer {
  const { clock, issuer: template } = options;
  if (!template.includes(TEMPLATE)) {
    const keys = publishedKeys(template, options, (fetch) => fetch());
    return ({ issuer }) => (issuer === template ? keys : undefined);
  }
  const proven = new LRUCache<string, PublishedKeys>({ maxSize: PROVEN_KEYS_WEIGHT });
  const perf = { now: () => clock.now() };
  const unproven = new LRUCache<string, PublishedKeys>({ max: UNPROVEN_TENANTS, ttl: COOLDOWN_MS, ttlResolution: 0, perf });
  const takeFromBudget = unprovenBudget(clock);
  return ({ issuer, tenantId }) => {
    // A tenant's issuer URL must hold the token's own tid: else one tenant could speak for another.
    if (issuer !== template.replace(TEMPLATE, tenantId)) return undefined;
    const admit: Admit = async (fetch) => {
      if (proven.has(issuer)) return await fetch();
      const giveBack = takeFromBudget();
      unproven.set(issuer, keys);
      return await fetch().finally(giveBack);
    };
    const keys: PublishedKeys = proven.get(issuer) ?? unproven.get(issuer) ?? publishedKeys(issuer, options, admit);
    return {
      find: keys.find,
      proven() {
        unproven.delete(issuer);
        proven.set(issuer, keys, { size: keys.bytes() });
      },
    };
  };
}

/** The fetches for all unproven tenants. @returns takes one, which is given back when it has ended @throws busy */
function unprovenBudget(clock: Clock): () => () => void {
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

/** The keys of one issuer: fetched when first needed, when old, and when a token names one that is not there. */
function publishedKeys(issuer: string, { clock, timeoutMs = 5000 }: ExternalIssuerOptions, admit: Admit): PublishedKeys {
  let last: FetchedKeys | undefined;
  const lastWithin = (ms: number) => (last !== undefined && clock.now() - last.fetchedAt < ms ? last : undefined);
  const fetch = async (): Promise<FetchedKeys> => {
    try {
      const { keySet, bytes } = await fetchKeySet(issuer, timeoutMs);
      last = { find: createLocalJWKSet(keySet), bytes, fetchedAt: clock.now() };
      return last;
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw unavailable(`The keys of the token issuer ${new URL(issuer).host} cannot be fetched now. Send the request again later.`, error);
    }
  };
  const fetched = new SharedAnswer(
    () => admit(fetch),
    COOLDOWN_MS,
    () => clock.now(),
  );
  const orStale = (error: unknown): FetchedKeys => {
    const stale = lastWithin(STALE_MS);
    if (stale === undefined) throw error;
    return stale;
  };
  return {
    bytes: () => last?.bytes ?? 0,
    async find(header, token) {
      const keys = lastWithin(FRESH_MS) ?? (await fetched.get().catch(orStale));
      try {
        return await keys.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        return await (await fetched.get()).find(header, token); // if the issuer fails, the key may be a new one: we cannot know
      }
    },
  };
}

const unavailable = (message: string, cause?: unknown): AppError =>
  new AppError('issuerUnavailable', message, { headers: { 'retry-after': String(COOLDOWN_MS / 1000) }, cause });

/** Discovery, then the key set that it points at. @throws issuerUnavailable, invalidToken, and whatever `fetch` throws */
async function fetchKeySet(issuer: string, timeoutMs: number): Promise<{ readonly keySet: JSONWebKeySet; readonly bytes: number }> {
  const { json: discovery } = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, timeoutMs);
  const jwksUri = discovery.jwks_uri;
  if (discovery.issuer !== issuer || typeof jwksUri !== 'string')
    throw unavailable('The discovery document of the token issuer names another issuer or no keys. Correct --issuer.');
  if (new URL(issuer).protocol === 'https:' && new URL(jwksUri).protocol !== 'https:')
    throw unavailable('The token issuer publishes its keys over plain HTTP. Use an issuer with an https jwks_uri.');
  const { json, bytes } = await fetchJson(jwksUri, timeoutMs);
  return { keySet: json as unknown as JSONWebKeySet, bytes };
}

async function fetchJson(url: string, timeoutMs: number): Promise<{ readonly json: Record<string, unknown>; readonly bytes: number }> {
  const { status, body } = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error', // a redirect could lead away from TLS or into the inner network
    signal: AbortSignal.timeout(timeoutMs),
  });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ISSUER_DOCUMENT_BYTES)
      throw unavailable(`The token issuer publishes a document of more than ${ISSUER_DOCUMENT_BYTES} bytes. Correct --issuer.`);
    chunks.push(chunk);
  }
  // How an issuer of many tenants answers for one that it does not have.
  if (status === 400 || status === 404)
    throw new AppError('invalidToken', 'The token issuer does not know the tenant of the access token. Get a token of a tenant it knows.');
  if (status !== 200) throw unavailable(`The token issuer answered ${status} instead of its keys. Send the request again later.`);
  const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof json !== 'object' || json === null) throw unavailable('The token issuer answered no JSON object. Correct --issuer.');
  return { json: json as Record<string, unknown>, bytes };
}
