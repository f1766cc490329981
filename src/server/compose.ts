import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { errorResponse } from '../api/request/error-response.ts';
import { createApi } from '../api/request/handle.ts';
import { createThrottle, SERVICE_LIMITS, sharesOf } from '../api/request/throttle.ts';
import { externalIssuer } from '../auth/external-keys.ts';
import { GRAPH_AUDIENCES } from '../auth/issuer/access-token.ts';
import { type Credentials, loadOrCreateCredentials } from '../auth/issuer/credentials.ts';
import { createIssuer, type Issuer } from '../auth/issuer/issuer.ts';
import { embeddedIssuer, signingKeys } from '../auth/issuer/signing-keys.ts';
import type { TokenVerifier } from '../auth/principal.ts';
import { createTokenVerifier } from '../auth/verify-token.ts';
import type { WorkParts } from '../domain/jobs/background.ts';
import type { Vault } from '../domain/secrets/vault.ts';
import { systemClock } from '../lib/clock.ts';
import type { HttpBody, HttpHandler, RenderError } from '../lib/http.ts';
import { uuidV7Generator } from '../lib/ids.ts';
import { allPermissions, model } from '../model/index.ts';
import type { Store, WatchedStore } from '../store/contract.ts';
import { tenant } from '../store/schema/table.ts';
import { copySqliteDatabase } from '../store/sqlite/durability/copy-database.ts';
import { type Damage, findDamage } from '../store/sqlite/durability/find-damage.ts';
import { lockFolder } from '../store/sqlite/durability/folder-lock.ts';
import { DATABASE_FILE, openSqliteReader, openSqliteStore } from '../store/sqlite/open.ts';
import { userChoiceOf } from './config/config.ts';
import { readClientCertificate } from './config/pem-files.ts';
import type { Config } from './config/settings.ts';
import { holdKeys } from './keys/key-holders.ts';
import { loadVault } from './keys/secret-keys.ts';
import { sharedInstance } from './keys/shared-instance.ts';
import type { Connections } from './observe/metrics.ts';
import type { Observe } from './observe/observation.ts';

/** The parts of a server, joined: everything but the socket. */
export interface Composition {
  readonly api: HttpHandler<HttpBody>;
  readonly renderError: RenderError;
  readonly store: WatchedStore;
  readonly credentials: Credentials;
  /** Whether this server made the installation, or has it to itself. */
  readonly isFirst: boolean;
  /** How connections to a database are used, where there are any. */
  readonly connections: (() => Connections) | undefined;
  /** What the work in the background is done with. */
  readonly work: WorkParts;
  /** The embedded issuer, unless tokens come from another one. */
  readonly issuer: Issuer | undefined;
  /** Closes the store, when nothing uses it any more. */
  close(): Promise<void>;
  /** Reads something small from the store. @returns how many tenants have ever written */
  countTenants(): Promise<number>;
}

/**
 * The composition root: names the concrete parts and joins them. Nothing else knows which store it works with.
 * @throws dataFolderInUse, schemaTooNew, corruptStore, invalidConfiguration
 */
export async function compose(config: Config, observe: Observe): Promise<Composition> {
  const { store, credentials, vault, isFirst, connections, close } = await (config.database === undefined ? embedded : shared)(
    config,
    observe,
  );
  const access = await composeAccess(config, { credentials, store });
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
    otherCollections: config.otherCollections,
    tokenSource: config.issuer === undefined ? { tenantId: credentials.tenantId } : { issuer: config.issuer },
    pagingSecret: secretFor('muster paging token', credentials),
    throttle: config.throttling ? createThrottle(systemClock, sharesOf(SERVICE_LIMITS, config.throttlingServers)) : undefined,
    openApi: config.docs,
  });
  return {
    isFirst,
    connections,
    api,
    renderError,
    store,
    work,
    credentials,
    issuer: access.issuer,
    close,
    countTenants: () => store.read(credentials.tenantId, (reader) => reader.count({ from: tenant, scope: {} })),
  };
}

/** A secret for one purpose. From the private key, which no client ever sees; it stays the same until the key is changed. */
const secretFor = (purpose: string, { keys }: Credentials): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', String(keys[0]?.d), '', purpose, 32));

/** Where data are, and what makes the installation itself. */
interface Foundation {
  readonly store: WatchedStore;
  readonly credentials: Credentials;
  readonly vault: Vault;
  /** Whether this server made the installation, or has it to itself. */
  readonly isFirst: boolean;
  readonly connections?: () => Connections;
  close(): Promise<void>;
}

/** Everything in the data folder. */
async function embedded(config: Config, observe: Observe): Promise<Foundation> {
  const credentials = await loadOrCreateCredentials(config.data);
  const vault = await loadVault(config);
  const observer = {
    ...commitObserver(observe),
    checkpointed: (checkpoint: { readonly pages: number; readonly milliseconds: number }) =>
      observe({ kind: 'checkpointed', ...checkpoint }),
    impaired: (cause: unknown, needsRestart: boolean) => observe({ kind: 'writesFail', cause, needsRestart }),
    recovered: () => observe({ kind: 'writesRecovered' }),
  };
  const { readerThreads, readTimeout } = config;
  const store = await openSqliteStore({
    folder: config.data,
    types: model.stored,
    clock: systemClock,
    observer,
    readTimeout: readTimeout * 1000,
    ...(readerThreads === undefined ? {} : { readerThreads }),
  });
  return { store, credentials, vault, isFirst: true, close: () => store.close() };
}

/** Everything but the secret keys in a database that others may use, too. */
async function shared(config: Config, observe: Observe): Promise<Foundation> {
  const { openPostgresStore } = await postgres();
  const observer = {
    ...commitObserver(observe),
    citusUnused: () => observe({ kind: 'citusUnused' }),
    databaseChanged: (condition: 'available' | 'readOnly' | 'unreachable', cause: unknown) =>
      observe({ kind: 'databaseChanged', condition, cause }),
  };
  const options = { ...databaseOptions(config), citus: config.citus, readTimeout: config.readTimeout * 1000, observer };
  const store = await openPostgresStore(options);
  try {
    const { credentials, isFirst } = await sharedInstance(store, config);
    const { vault, release } = await holdKeys(store, config, observe);
    const close = (): Promise<void> => release().then(() => store.close());
    return { store, connections: () => store.connections(), credentials, vault, isFirst, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

const commitObserver = (observe: Observe) => ({
  committed: (writes: number, milliseconds: number) => observe({ kind: 'committed', writes, milliseconds }),
  failed: (cause: unknown) => observe({ kind: 'failed', what: 'a commit or checkpoint', cause }),
});

/** Where the database of a data folder is. */
export const databaseFileOf = (data: string): string => join(data, DATABASE_FILE);

/** Loaded where it is used only: it would make every other start slower. */
const postgres = () => import('../store/postgres/open.ts');

/** The settings that say where data are. */
export type DataConfig = Pick<Config, 'data'> & Partial<Pick<Config, 'database' | 'databasePool' | 'databaseTimeout'>>;

const databaseOptions = ({ database, databasePool: pool, databaseTimeout: timeout }: DataConfig) => ({
  address: { url: database!, ...(pool === undefined ? {} : { pool }), ...(timeout === undefined ? {} : { timeout: timeout * 1000 }) },
  types: model.stored,
  clock: systemClock,
});

/** Opens a database for reading, also while servers run. @throws storeUnavailable, schemaTooNew, corruptStore */
export const openReader = async (config: DataConfig): Promise<Pick<Store, 'read' | 'close'>> =>
  config.database === undefined
    ? openSqliteReader({ folder: config.data, types: model.stored, clock: systemClock })
    : (await postgres()).openPostgresReader(databaseOptions(config));

/**
 * Opens a database for reading, a data folder so that no server writes to it meanwhile.
 * @throws as {@link openReader}, and dataFolderInUse
 */
export async function openIdle(config: DataConfig): Promise<Pick<Store, 'read' | 'close'>> {
  const store = await openReader(config);
  if (config.database !== undefined) return store;
  try {
    const lock = lockFolder(config.data);
    return {
      read: (tenantId, work, signal) => store.read(tenantId, work, signal),
      close: () => store.close().finally(() => lock.release()),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Opens a database that servers can share, making its tables. @throws storeUnavailable, schemaTooNew, corruptStore, invalidConfiguration */
export const openDatabase = async (config: DataConfig): Promise<Store> => (await postgres()).openPostgresStore(databaseOptions(config));

/** Opens what several servers share, for reading and writing. @throws as {@link openReader} */
export const openShared = async (config: DataConfig): Promise<Store> => (await postgres()).openPostgresReader(databaseOptions(config));

/** Opens the database of a data folder for writing, which no server may have open. @throws dataFolderInUse, storeUnavailable, schemaTooNew, corruptStore */
export const openWriter = (config: Pick<Config, 'data'>): Promise<Store> =>
  openSqliteStore({ folder: config.data, types: model.stored, clock: systemClock });

/** Reads every page of a data folder's database. */
export { type Damage, findDamage };

/** Copies the database of a data folder, whole and as it is at one moment. @throws storeUnavailable, corruptStore */
export const copyDatabase = copySqliteDatabase;

interface Access {
  readonly verifyToken: TokenVerifier;
  readonly issuer: Issuer | undefined;
}

async function composeAccess(config: Config, { credentials, store }: Pick<Foundation, 'credentials' | 'store'>): Promise<Access> {
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
    redirectUris: config.redirectUri,
    roles: allPermissions,
    scopes: allPermissions,
  };
  return {
    verifyToken: createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: GRAPH_AUDIENCES }),
    issuer: createIssuer({
      keys,
      clients: [client],
      clock,
      defaultTenant: { id: credentials.tenantId },
      store,
      codeSecret: secretFor('muster device codes', credentials),
      userChoice: userChoiceOf(config),
    }),
  };
}
