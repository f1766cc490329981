import { OTHER_COLLECTIONS } from '../../api/request/other-collections.ts';
import { SCOPE_NAMES } from '../../auth/authorize.ts';
import { addressRange } from '../edge/proxies.ts';
import {
  bytes,
  choice,
  databaseUrl,
  days,
  flag,
  listOf,
  origin,
  originOrAny,
  port,
  redirectUri,
  type SettingKind,
  text,
  url,
  wholeNumber,
  yesNo,
  yesNoOrAddress,
} from './setting-kind.ts';

/** Declares a setting that always has a value. */
const given = <T>(kind: SettingKind<T>, fallback: string, description: string) => ({ kind, fallback, description }) as const;

/** Declares a setting that may be absent (or, when repeatable, empty). */
const optional = <K extends SettingKind<unknown>>(kind: K, description: string) => ({ kind, description }) as const;

/**
 * Every setting, declared once. `publicUrl` is the flag `--public-url`, the environment variable `MUSTER_PUBLIC_URL` and the
 * key `publicUrl` of the config file. A flag wins over the environment, that over the file, that over the default.
 */
export const settings = {
  host: given(text('address'), '127.0.0.1', 'address to listen on; 0.0.0.0 or :: for all'),
  port: given(port, '8080', 'port to listen on; 0 for any free one'),
  data: given(text('folder'), './data', 'folder that holds the database, the keys and the first client secret'),
  database: optional(databaseUrl, 'keep everything in this PostgreSQL database, which several servers may share'),
  databasePool: given(wholeNumber('count', 2, 1000), '10', 'most connections to --database'),
  databaseTimeout: given(wholeNumber('seconds', 1, 3600), '30', 'longest statement in --database'),
  citus: given(flag, 'no', 'spread --database, the coordinator of a Citus cluster, over its machines by tenant'),
  readerThreads: optional(
    wholeNumber('count', 0, 64),
    'most threads for long reads from the data folder, 0 for none; by default one fewer than processors, at most 4',
  ),
  readTimeout: given(
    wholeNumber('seconds', 1, 3600),
    '30',
    'longest read of many rows from the data folder, its waiting included; longest read of any kind from --database',
  ),
  publicUrl: optional(origin, 'scheme, host and port that clients use, when requests show others'),
  profile: given(choice('docs', 'service'), 'docs', 'answer as Graph is documented, or as the service really answers'),
  scopeNames: given(
    choice(...SCOPE_NAMES),
    'both',
    'permission names that scripts accept: current ones, ones from before 2025, both, or the ones from before 2025 as on the oldest pages',
  ),
  otherCollections: given(
    choice(...OTHER_COLLECTIONS),
    'refuse',
    'GET of collections that Graph has and Muster does not: refuse with 501, or answer an empty list',
  ),
  logLevel: given(choice('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'), 'info', 'what to log on stderr'),
  issuer: optional(url, 'accept the tokens of this OpenID Connect issuer instead of the embedded one'),
  audience: optional(listOf(text('name')), 'audience that tokens of --issuer must have; repeatable'),
  redirectUri: optional(listOf(redirectUri), 'URL that a sign-in may redirect to, in addition to any on localhost; repeatable'),
  signIn: optional(
    choice('choose', 'password'),
    'how people sign in on the page: they choose a user, or enter a password that muster user has set; by default they choose where only this machine reaches the server',
  ),
  trustedProxy: optional(listOf(addressRange), 'IP address or CIDR range whose forwarded headers count; repeatable'),
  corsOrigin: optional(listOf(originOrAny), 'origin whose pages may use the server from a browser, * for any; repeatable'),
  throttling: given(yesNo, 'no', 'limit requests per caller as the service does: 429 with Retry-After'),
  throttlingServers: given(wholeNumber('count', 1, 100), '1', 'how many servers share the limits of --throttling: each admits its part'),
  bodyLimit: given(bytes('1KiB', '64MiB'), '4MiB', 'largest request body, also after decompression'),
  bodyBudget: given(bytes('1MiB', '64GiB'), '128MiB', 'most bytes of all request bodies at once, at least twice --body-limit'),
  tlsCert: optional(text('file'), 'PEM file with the certificate chain: serve https'),
  tlsKey: optional(text('file'), 'PEM file with the private key of --tls-cert'),
  clientCertificate: optional(text('file'), 'PEM file with the certificate that the first client may sign its assertions with'),
  secretKeys: optional(text('file'), 'JSON file with the keys that passwords are encrypted with; by default one in the data folder'),
  auditRetention: given(days, '365', 'how many days audit events are kept'),
  answerBudget: given(
    bytes('16MiB', '64GiB'),
    '256MiB',
    'most bytes of answers that clients have not read yet; beyond them requests are answered 503',
  ),
  maxConnections: given(wholeNumber('count', 1, 1_000_000), '4096', 'most connections at once; further ones are answered 503 or closed'),
  metrics: given(yesNoOrAddress, 'yes', 'show /metrics, which needs no token: yes, no, or on a listener of its own'),
  docs: given(yesNo, 'yes', 'show the description of the API at /docs and openapi.json, which need no token'),
  drainDelay: given(
    wholeNumber('seconds', 0, 600),
    '2',
    'on SIGTERM, how long /readyz is 503 and answers ask clients to leave before the server stops; none when no client is connected',
  ),
  sample: given(yesNo, 'yes', 'put a small sample into a new database'),
} as const;

export type SettingName = keyof typeof settings;

type ValueOf<D> = D extends { readonly kind: SettingKind<infer T>; readonly fallback: string }
  ? T
  : D extends { readonly kind: { readonly repeatable: true } & SettingKind<infer T> }
    ? readonly T[]
    : D extends { readonly kind: SettingKind<infer T> }
      ? T | undefined
      : never;

/** The values of all settings. */
export type Config = { readonly [K in SettingName]: ValueOf<(typeof settings)[K]> };

/** The setting's words, joined by `separator`: `public-url`, `public_url`. */
const words = (name: string, separator: string): string => name.replace(/[A-Z]/g, (capital) => separator + capital.toLowerCase());

/** `publicUrl` → `--public-url`. */
export const flagOf = (name: string): string => `--${words(name, '-')}`;

/** `publicUrl` → `MUSTER_PUBLIC_URL`. */
export const environmentNameOf = (name: string): string => `MUSTER_${words(name, '_').toUpperCase()}`;
