import { AppError, type ErrorCode } from '../../lib/app-error.ts';
import { systemClock } from '../../lib/clock.ts';
import { clientRequestIdOf, type HttpRequest, type HttpResponse } from '../../lib/http.ts';
import { type Profile, profileValue } from './profile.ts';

/** The one place where an error becomes an answer, and the only file that knows a status of an error. */

/** Status and the code that Graph clients read; our own finer code stands in `innerError.code`. */
export const errorAnswers: Readonly<Record<ErrorCode, readonly [status: number, code: string]>> = {
  invalidRequest: [400, 'BadRequest'],
  invalidUrl: [400, 'BadRequest'],
  invalidKey: [400, 'BadRequest'],
  invalidQueryOption: [400, 'BadRequest'],
  unsupportedQueryOption: [400, 'BadRequest'],
  invalidHeader: [400, 'BadRequest'],
  invalidJson: [400, 'BadRequest'],
  invalidValue: [400, 'BadRequest'],
  invalidBody: [400, 'BadRequest'],
  unknownProperty: [400, 'BadRequest'],
  missingProperty: [400, 'BadRequest'],
  duplicateProperty: [400, 'BadRequest'],
  tooDeep: [400, 'BadRequest'],
  payloadTooLarge: [413, 'RequestEntityTooLarge'],
  urlTooLong: [414, 'RequestUriTooLong'],
  headersTooLarge: [431, 'RequestHeaderFieldsTooLarge'],
  requestTimeout: [408, 'RequestTimeout'],
  unsupportedMediaType: [415, 'UnsupportedMediaType'],
  unsupportedEncoding: [415, 'UnsupportedMediaType'],
  notAcceptable: [406, 'NotAcceptable'],
  methodNotAllowed: [405, 'MethodNotAllowed'],
  unsupportedVersion: [400, 'BadRequest'],
  invalidSkipToken: [400, 'BadRequest'],
  missingToken: [401, 'InvalidAuthenticationToken'],
  invalidToken: [401, 'InvalidAuthenticationToken'],
  expiredToken: [401, 'InvalidAuthenticationToken'],
  insufficientScope: [403, 'Forbidden'],
  personalAccount: [403, 'Forbidden'],
  outOfScope: [403, 'Forbidden'],
  tooManyRequests: [429, 'TooManyRequests'],
  unknownSegment: [400, 'BadRequest'],
  notFound: [404, 'ResourceNotFound'],
  notKept: [501, 'NotImplemented'],
  alreadyExists: [409, 'Conflict'],
  valueTaken: [400, 'BadRequest'],
  referenceExists: [400, 'BadRequest'],
  derivedRow: [409, 'Conflict'],
  readOnlyEntity: [400, 'BadRequest'],
  inUse: [409, 'Conflict'],
  referencedMissing: [400, 'BadRequest'],
  preconditionFailed: [412, 'PreconditionFailed'],
  repeatabilityRejected: [412, 'PreconditionFailed'],
  failedDependency: [424, 'FailedDependency'],
  busy: [503, 'ServiceUnavailable'],
  issuerUnavailable: [503, 'ServiceUnavailable'],
  storeUnavailable: [503, 'ServiceUnavailable'],
  dataFolderInUse: [500, 'InternalServerError'],
  schemaTooNew: [500, 'InternalServerError'],
  corruptStore: [500, 'InternalServerError'],
  secretUnreadable: [500, 'InternalServerError'],
  invalidConfiguration: [500, 'InternalServerError'],
  internal: [500, 'InternalServerError'],
};

/** What the caller must know of the request to answer it. */
export type FailedRequest = Pick<HttpRequest, 'requestId' | 'headers'> & Partial<Pick<HttpRequest, 'target'>>;

/** Wraps whatever was thrown. Something unforeseen becomes `internal`: its text is for the log alone. */
export const asAppError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError('internal', 'The server failed to answer. Try again; the log has the cause under this request-id.', { cause: error });

/** The status that an error is answered with. */
export const statusOf = (error: unknown): number => errorAnswers[asAppError(error).code][0];

/**
 * The answer to a request that failed: Graph's error object, never a stack, a statement or a path of the server.
 * @param profile decides how code and message look
 */
export function errorResponse(error: unknown, request: FailedRequest, profile: Profile = 'docs'): HttpResponse {
  const failure = asAppError(error);
  const [status, usualCode] = errorAnswers[failure.code];
  const ofDirectory = profileValue(profile, 'directoryErrors') === 'its own' && isOfDirectory(request.target);
  const intuneCode = failure.code === 'methodNotAllowed' ? profileValue(profile, 'wrongMethodCode') : usualCode;
  const code = ofDirectory ? directoryCode(failure.code, usualCode) : intuneCode;
  const clientRequestId = clientRequestIdOf(request.headers) ?? request.requestId;
  const date = new Date(systemClock.now()).toISOString().slice(0, 19);
  const isText = ofDirectory || profileValue(profile, 'errorMessage') === 'text';
  const text = ofDirectory ? directoryText(failure) : failure.message;
  const message = isText ? text : intuneMessage(text, clientRequestId, request.target);
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(status === 503 ? { 'retry-after': '1' } : {}),
      ...failure.headers,
    },
    body: JSON.stringify({
      error: {
        code,
        message,
        ...(failure.target === undefined ? {} : { target: failure.target }),
        innerError: { code: failure.code, date, 'request-id': request.requestId, 'client-request-id': clientRequestId },
      },
    }),
  };
}

/** Intune's own services answer with a JSON text as message; tools parse it. */
const intuneMessage = (message: string, activityId: string, url = ''): string =>
  JSON.stringify({
    _version: 3,
    Message: `${message} - Operation ID (for customer support): ${activityId} - Activity ID: ${activityId} - Url: ${url}`,
    CustomApiErrorPhrase: '',
    RetryAfter: null,
    ErrorSourceService: '',
    HttpHeaders: '{}',
  });

/** What the directory answers itself: not the managed devices of its users, which are Intune's. */
const OF_DIRECTORY =
  /^\/+(?:beta|v1\.0)\/+(?:users|groups|me|devices|directoryObjects|directory|organization)(?=[/(?]|$)(?!.*\/managedDevices\b)/i;

const isOfDirectory = (target = ''): boolean => OF_DIRECTORY.test(target);

/** The directory's code, where it is not that of the gateway before it, which reads paths and queries. */
function directoryCode(code: ErrorCode, usual: string): string {
  const [status] = errorAnswers[code];
  if (status === 404) return 'Request_ResourceNotFound';
  if (code === 'unsupportedQueryOption') return 'Request_UnsupportedQuery';
  if (code === 'insufficientScope' || code === 'outOfScope') return 'Authorization_RequestDenied';
  return status === 405 || (status === 400 && !GATEWAY.has(code)) ? 'Request_BadRequest' : usual;
}

const GATEWAY: ReadonlySet<ErrorCode> = new Set([
  'unknownSegment',
  'invalidUrl',
  'invalidQueryOption',
  'invalidSkipToken',
  'unsupportedVersion',
]);

const directoryText = ({ code, message, missingId }: AppError): string =>
  code === 'notFound' && missingId !== undefined
    ? `Resource '${missingId}' does not exist or one of its queried reference-property objects are not present.`
    : message;
