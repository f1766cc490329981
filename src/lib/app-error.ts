/**
 * Base of everything Muster throws on purpose. `src/lib` imports nothing; every other folder may import it.
 * A code is stable and never reused; the status that it maps to stands in `api/request/error-response.ts` alone.
 */

/** Every error code. Adding one without a status in `api/request/error-response.ts` does not compile. */
export type ErrorCode =
  // the request's form
  | 'invalidRequest' // anything malformed that has no narrower code
  | 'invalidUrl'
  | 'invalidKey'
  | 'invalidQueryOption'
  | 'unsupportedQueryOption'
  | 'invalidHeader'
  | 'invalidJson'
  | 'invalidValue'
  | 'invalidBody'
  | 'unknownProperty'
  | 'missingProperty'
  | 'duplicateProperty'
  | 'tooDeep'
  | 'payloadTooLarge'
  | 'urlTooLong'
  | 'headersTooLarge'
  | 'requestTimeout'
  | 'unsupportedMediaType'
  | 'unsupportedEncoding'
  | 'notAcceptable'
  | 'methodNotAllowed'
  | 'unsupportedVersion'
  | 'invalidSkipToken'
  // the caller
  | 'missingToken'
  | 'invalidToken'
  | 'expiredToken'
  | 'insufficientScope'
  | 'personalAccount'
  | 'outOfScope' // a role assignment with scope tags limits the caller
  | 'tooManyRequests' // a limit of the caller's is used up
  | 'issuerUnavailable' // the token issuer's keys cannot be fetched now: 503, not 401
  // the resource
  | 'unknownSegment'
  | 'notFound'
  | 'notKept' // Graph has it, and this server does not
  | 'alreadyExists'
  | 'valueTaken' // another object has this value of a property that none shares
  | 'referenceExists' // the link exists already
  | 'derivedRow' // a counted row cannot be deleted
  | 'readOnlyEntity' // not the client's to change
  | 'inUse' // something else needs it
  | 'referencedMissing'
  | 'preconditionFailed'
  | 'repeatabilityRejected' // its id is another request's, or it was first sent too long ago
  | 'failedDependency' // a part of a batch that this one waited for has failed
  // the server
  | 'busy'
  | 'storeUnavailable'
  | 'dataFolderInUse'
  | 'schemaTooNew'
  | 'corruptStore'
  | 'secretUnreadable' // a sealed value does not open with the keys there are
  | 'invalidConfiguration'
  | 'internal';

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
