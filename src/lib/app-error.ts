/**
 * Base of everything Muster throws on purpose. `src/lib` imports nothing; every other folder may import it.
 * A code is stable and never reused; the status that it maps to stands in `api/request/error-response.ts` alone.
 */

/**
 * Every error code: what it means, and what the caller does about it. `docs/reference/errors.md` is made from this table.
 * A new code also needs a status in `api/request/error-response.ts`, or it does not compile.
 */
export const errorMeanings = {
  // the request's form
  invalidRequest: ['The request is malformed in a way that has no code of its own.', 'Correct it as the message says.'],
  invalidUrl: ['The path or its parameters do not parse, or name an operation in the wrong way.', 'Correct the URL.'],
  invalidKey: ['A key in the URL or the body does not have the form of its type.', 'Correct the key.'],
  invalidQueryOption: ['A query option is malformed, or has a value that it cannot have.', 'Correct the option that `target` names.'],
  unsupportedQueryOption: [
    'The query option is valid OData and is not offered here.',
    'Ask without it; docs/odata-conformance.md lists the refused options.',
  ],
  invalidHeader: ['A request header is malformed or contradicts another one.', 'Correct the header that `target` names.'],
  invalidJson: ['The body is not valid JSON in UTF-8.', 'Correct the body.'],
  invalidValue: ['A value does not have the type or the range of its property or parameter.', 'Correct the value that `target` names.'],
  invalidBody: ['The body is valid JSON of the wrong shape, or not what its `Content-Encoding` says.', 'Correct the body.'],
  unknownProperty: ['The body names a property or annotation that its type does not have.', 'Remove or rename it.'],
  missingProperty: ['A required property or parameter is missing.', 'Send it.'],
  duplicateProperty: ['An object of the body has the same name twice.', 'Send each name once.'],
  tooDeep: ['The query or the body is nested too deeply or has too many parts.', 'Simplify it, or split it into several requests.'],
  payloadTooLarge: ['The body exceeds `--body-limit`, after decompression too.', 'Send less in one request.'],
  urlTooLong: ['The URL is longer than the server reads.', 'Shorten it.'],
  headersTooLarge: ['The request line and the headers are too large.', 'Shorten the URL or send fewer headers.'],
  requestTimeout: ['The request did not arrive in time.', 'Send it again.'],
  unsupportedMediaType: ['The body is not of a media type that the operation reads.', 'Send `application/json`.'],
  unsupportedEncoding: ['The `Content-Encoding` is not supported.', 'Send the body as it is, or with gzip.'],
  notAcceptable: ['`Accept` or `$format` allows nothing that the server can answer.', 'Accept `application/json`.'],
  methodNotAllowed: ['The resource exists and does not have this method.', 'Use a method of the header `Allow`.'],
  unsupportedVersion: ['`OData-Version` or `OData-MaxVersion` asks for a version that is not served.', 'Ask for 4.0 or 4.01.'],
  invalidSkipToken: ['The `$skiptoken` is not one that this server made for this query.', 'Read the list again from its first page.'],
  // the caller
  missingToken: ['The request has no bearer token.', 'Send one.'],
  invalidToken: [
    'The token does not verify: signature, issuer, audience, claims, or it is not valid yet.',
    'Get another token, and check the clocks.',
  ],
  expiredToken: ['The token has expired.', 'Get a new one, and send the request again.'],
  insufficientScope: ['The token lacks the permission that the operation needs.', 'Get a token with a permission that the message names.'],
  personalAccount: ['The token is that of a personal Microsoft account.', 'Sign in with a work or school account.'],
  outOfScope: ["The scope tags of the caller's role assignments do not allow the change.", 'Ask an administrator without this limit.'],
  tooManyRequests: ['The caller has used up a limit of `--throttling`.', 'Send it again after `Retry-After`.'],
  issuerUnavailable: ['The keys of the token issuer cannot be fetched at the moment.', 'Send it again later.'],
  // the resource
  unknownSegment: ['The path has a segment that names nothing in the model.', 'Correct the URL.'],
  notFound: ['The entity or page does not exist, or the caller may not see it.', 'Treat it as absent.'],
  notKept: ['Graph has the collection and this server does not.', 'Do without it, or start the server with `--other-collections empty`.'],
  alreadyExists: ['An entity with this key exists.', 'Choose another key, or update the entity.'],
  valueTaken: ['Another object has the value of a property whose values are unique.', 'Choose another value.'],
  referenceExists: ['The two objects are linked already.', 'Add only new references.'],
  derivedRow: ['The row is counted from other rows and cannot be deleted.', 'Delete the rows that it counts.'],
  readOnlyEntity: ['Clients cannot change the entity.', 'Create one of your own.'],
  inUse: ['Other objects refer to the entity, or it is built in.', 'Remove the references first.'],
  referencedMissing: ['The body refers to an entity that does not exist.', 'Create it first, or correct the reference.'],
  preconditionFailed: ['The entity does not match `If-Match` or `If-None-Match`.', 'Read it again, and decide anew.'],
  repeatabilityRejected: [
    'The `Repeatability-Request-ID` belongs to another request, or was first sent too long ago.',
    'Check whether the request was carried out, and send it with a new id if not.',
  ],
  failedDependency: ['A request of the batch on which this one depends has failed.', 'Correct that one, and send both again.'],
  // the server
  busy: ['The server has reached a limit of connections, memory or waiting reads.', 'Send it again after `Retry-After`.'],
  storeUnavailable: [
    'The database cannot answer; a write may have been stored all the same.',
    'Send it again after `Retry-After`, a write with `Repeatability-Request-ID`.',
  ],
  dataFolderInUse: ['Another process uses the data folder.', 'Stop one of the two.'],
  schemaTooNew: ['A newer version of Muster wrote the database.', 'Start that version, or restore an older backup.'],
  corruptStore: [
    'A file or a page of the database is damaged, or its rows contradict each other.',
    'Run `muster doctor`; restore a backup.',
  ],
  secretUnreadable: ['No key at hand opens a stored secret.', 'Start the server with its former secret keys.'],
  invalidConfiguration: [
    'A setting is malformed, or contradicts another setting or the data.',
    'Correct the setting that the message names.',
  ],
  internal: ['The server failed in a way that was not foreseen.', 'Send it again; report it with the log lines of its `request-id`.'],
} as const satisfies Readonly<Record<string, readonly [meaning: string, remedy: string]>>;

export type ErrorCode = keyof typeof errorMeanings;

/** Optional parts of an {@link AppError}. */
export interface AppErrorDetails {
  /** The property, option or segment at fault, as the client wrote it. */
  readonly target?: string;
  /** The id that was not found. */
  readonly missingId?: string;
  /** Response headers that belong to this error, for example `Allow` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Logged, never sent to a client. */
  readonly cause?: unknown;
  /** Whether the cause is in the log already, once for all requests that it hits. */
  readonly isLogged?: boolean;
}

/** An error with a stable code and a message that says what to do. The message is shown to clients. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly target: string | undefined;
  readonly missingId: string | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly isLogged: boolean;

  constructor(code: ErrorCode, message: string, details: AppErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'AppError';
    this.code = code;
    this.target = details.target;
    this.missingId = details.missingId;
    this.headers = details.headers;
    this.isLogged = details.isLogged === true;
  }
}
