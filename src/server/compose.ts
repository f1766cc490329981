import { hkdfSync } from 'node:crypto';
import { errorResponse } from '../api/error-response.ts';
import { createApi } from '../api/handle.ts';
import { createThrottle } from '../api/throttle.ts';
import { externalIssuer } from '../auth/external-keys.ts';
import { GRAPH_AUDIENCE } from '../auth/issuer/access-token.ts';
import { type Credentials, loadOrCreateCredentials } from '../auth/issuer/credentials.ts';
import { createIssuer, type Issuer } from '../auth/issuer/issuer.ts';
import { embeddedIssuer, signingKeys } from '../auth/issuer/signing-keys.ts';
import type { TokenVerifier } from '../auth/principal.ts';
import { createTokenVerifier } from '../auth/verify-token.ts';
import type { WorkParts } from '../domain/background.ts';
import { systemClock } from '../lib/clock.ts';
import type { HttpHandler, RenderError } from '../lib/http.ts';
import { uuidV7Generator } from '../lib/ids.ts';
import { allPermissions, model } from '../model/index.ts';
import type { Store } from '../store/contract.ts';
import { tenant } from '../store/schema/tenant.ts';
import { copySqliteDatabase } from '../store/sqlite/copy-database.ts';
import { openSqliteReader, openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import type { Observe } from './observation.ts';
import { readClientCertificate } from './pem-files.ts';
import { loadVault } from './secret-keys.ts';
import type { Config } from './settings.ts';

/** The parts of a server, joined: everything but the socket. */
export interface Composition {
  readonly api: HttpHandler;
  readonly renderError: RenderError;
  readonly store: Store;
  readonly credentials: Credentials;
  /** What the work in the background is done with. */
  readonly work: WorkParts;
  /** The embedded issuer, unless tokens come from another one. */
  readonly issuer: Issuer | undefined;
  /** Reads something small from the store, to see that it can. @returns how many tenants have ever written */
  countTenants(): Promise<number>;
}

/**
 * The composition root: names the concrete parts and joins them. Nothing else knows which store it works with.
 * @throws dataFolderInUse, schemaTooNew, corruptStore, invalidConfiguration
 */
export async function compose(config: Config, observe: Observe): Promise<Composition> {
  const credentials = await loadOrCreateCredentials(config.data);
  const access = await composeAccess(config, credentials);
  const vault = await loadVault(config);
  const store = await openSqliteStore({
    folder: config.data,
    types: model.stored,
    clock: systemClock,
    observer: {
      committed: (writes, milliseconds) => observe({ kind: 'committed', writes, milliseconds }),
      checkpointed: (checkpoint) => observe({ kind: 'checkpointed', ...checkpoint }),
      failed: (cause) => observe({ kind: 'failed', what: 'a commit or checkpoint', cause }),
    },
  });
  const renderError: RenderError = (error, request) => ({
    ...errorResponse(error, request, config.profile),
    facts: { error },
  });
  const work = { store, clock: systemClock, newId: uuidV7Generator(systemClock), vault };
  const api = createApi({
    ...work,
    verifyToken: access.verifyToken,
    profile: config.profile,
    scopeNames: config.scopeNames,
    tokenSource: config.issuer === undefined ? { tenantId: credentials.tenantId } : { issuer: config.issuer },
    // From the private key, which no client ever sees; it stays the same until the key is changed.
    pagingSecret: new Uint8Array(hkdfSync('sha256', String(credentials.keys[0]?.d), '', 'muster paging token', 32)),
    throttle: config.throttling ? createThrottle(systemClock) : undefined,
  });
  return {
    api,
    renderError,
    store,
    work,
    credentials,
    issuer: access.issuer,
    countTenants: () => store.read(credentials.tenantId, (reader) => reader.count({ from: tenant, scope: {} })),
  };
}

/** Opens the database of a data folder for reading, also while a server runs. @throws storeUnavailable, schemaTooNew, corruptStore */
export const openReader = (config: Pick<Config, 'data'>): Promise<Pick<Store, 'read' | 'close'>> =>
  openSqliteReader({ folder: config.data, types: model.stored, clock: systemClock });

/** Opens the database of a data folder for writing, which no server may have open. @throws dataFolderInUse, storeUnavailable, schemaTooNew, corruptStore */
export const openWriter = (config: Pick<Config, 'data'>): Promise<Store> =>
  openSqliteStore({ folder: config.data, types: model.stored, clock: systemClock });

/** Copies the database of a data folder, whole and as it is at one moment. @throws storeUnavailable, corruptStore */
export const copyDatabase = copySqliteDatabase;

interface Access {
  readonly verifyToken: TokenVerifier;
  readonly issuer: Issuer | undefined;
}

async function composeAccess(config: Config, credentials: Credentials): Promise<Access> {
  const clock = systemClock;
  if (config.issuer !== undefined) {
    const issuers = [externalIssuer({ clock, issuer: config.issuer })];
    return { verifyToken: createTokenVerifier({ clock, issuers, audiences: config.audience }), issuer: undefined };
  }
  const keys = await signingKeys(credentials.keys);
  const certificate = readClientCertificate(config);
  const client = {
    clientId: credentials.clientId,
    displayName: 'Muster',
    secrets: [credentials.clientSecret],
    ...(certificate === undefined ? {} : { certificates: [certificate] }),
    roles: allPermissions,
    scopes: allPermissions,
  };
  return {
    verifyToken: createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: [GRAPH_AUDIENCE] }),
    issuer: createIssuer({ keys, clients: [client], clock, defaultTenant: { id: credentials.tenantId } }),
  };
}
