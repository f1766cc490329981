import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../src/api/request/handle.ts';
import type { OtherCollections } from '../../src/api/request/other-collections.ts';
import type { Profile } from '../../src/api/request/profile.ts';
import { createThrottle, type Limit } from '../../src/api/request/throttle.ts';
import type { ScopeNames } from '../../src/auth/authorize.ts';
import { GRAPH_AUDIENCE } from '../../src/auth/issuer/access-token.ts';
import { type Credentials, loadOrCreateCredentials } from '../../src/auth/issuer/credentials.ts';
import { mintToken } from '../../src/auth/issuer/mint-token.ts';
import { embeddedIssuer, signingKeys } from '../../src/auth/issuer/signing-keys.ts';
import { createTokenVerifier } from '../../src/auth/verify-token.ts';
import type { Vault } from '../../src/domain/secrets/vault.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { answerIds, type HttpHeaders, whole } from '../../src/lib/http.ts';
import { uuidV4, uuidV7Generator } from '../../src/lib/ids.ts';
import { allPermissions } from '../../src/model/index.ts';
import type { Store } from '../../src/store/contract.ts';
import { testVault } from './test-change.ts';
import { openTestStore } from './test-store.ts';

/**
 * What tests start with: Muster in their own process, without a socket. May import everything; imported by tests alone.
 * `in-process-api.ts` speaks HTTP values; `store-conformance.ts` is what every store must pass.
 */

/** An answer as a test wants it: the body parsed where it is JSON. */
export interface TestAnswer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Body;
  readonly text: string;
}

export interface RequestOptions {
  /** A value to send as JSON, or bytes or text to send as they are. */
  readonly body?: unknown;
  readonly headers?: HttpHeaders;
  /** Null sends no token. */
  readonly token?: string | null;
}

/** A Muster in this process, and a tenant of its own in it. */
export interface InProcessApi {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly tenantId: string;
  /** Makes a token for this tenant unless told otherwise. */
  token(request?: Partial<Parameters<typeof mintToken>[1]>): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
  request(method: string, path: string, options?: RequestOptions): Promise<TestAnswer<any>>;
  close(): Promise<void>;
}

const ORIGIN = 'http://localhost:8080';

/** Keys are dear to make, so that one process makes them once. */
let credentials: Promise<Credentials> | undefined;

/** @param options `folder` keeps data on disk; `store` takes one that is open already, `tenantId` a tenant that it has; `vault` has keys of its own; `limits` throttles */
export async function startInProcessApi(
  options: {
    readonly folder?: string;
    readonly profile?: Profile;
    readonly scopeNames?: ScopeNames;
    readonly otherCollections?: OtherCollections;
    readonly store?: Store;
    readonly tenantId?: string;
    readonly vault?: Vault;
    readonly limits?: readonly Limit[];
  } = {},
): Promise<InProcessApi> {
  credentials ??= temporaryCredentials();
  const secrets = await credentials;
  const clock = new FakeClock(Date.UTC(2026, 5, 1, 12));
  const store = options.store ?? (await openTestStore(options.folder, clock));
  const issuer = embeddedIssuer(await signingKeys(secrets.keys));
  const api = whole(
    createApi({
      store,
      verifyToken: createTokenVerifier({ clock, issuers: [issuer], audiences: [GRAPH_AUDIENCE] }),
      clock,
      newId: uuidV7Generator(clock),
      profile: options.profile ?? 'docs',
      scopeNames: options.scopeNames ?? 'both',
      otherCollections: options.otherCollections ?? 'refuse',
      pagingSecret: new Uint8Array(32),
      throttle: options.limits && createThrottle(clock, options.limits),
      vault: options.vault ?? testVault,
    }),
  );
  const tenantId = options.tenantId ?? uuidV4();
  const token: InProcessApi['token'] = (request = {}) =>
    mintToken(secrets, { allPermissions, tenantId, clock, origin: ORIGIN, lifetimeSeconds: 86_400, ...request });
  const standard = await token();
  return {
    clock,
    store,
    tenantId,
    token,
    async request(method, path, { body, headers = {}, token: given = standard } = {}) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      const bytes = body === undefined ? undefined : Buffer.from(isRaw ? body : JSON.stringify(body));
      const request = {
        // HEAD is unknown behind the edge.
        method: method === 'HEAD' ? 'GET' : method,
        target: path.startsWith('/') ? path : `/beta/${path}`,
        headers: {
          ...(given === null ? {} : { authorization: `Bearer ${given}` }),
          ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(bytes === undefined ? {} : { body: bytes }),
        origin: ORIGIN,
        requestId: uuidV4(),
      };
      const answer = await api(request);
      const text = answer.body === undefined || method === 'HEAD' ? '' : Buffer.from(answer.body).toString();
      const isJson = text !== '' && answer.headers['content-type']?.startsWith('application/json') === true;
      return { status: answer.status, headers: { ...answer.headers, ...answerIds(request) }, text, body: isJson ? JSON.parse(text) : text };
    },
    close: () => store.close(),
  };
}

/** Keys and a secret that are gone from the disk as soon as they are made. */
async function temporaryCredentials(): Promise<Credentials> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-test-'));
  try {
    return await loadOrCreateCredentials(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
