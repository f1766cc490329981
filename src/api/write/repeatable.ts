import { createHash, hash } from 'node:crypto';
import type { RepeatableRequest } from '../../domain/repeatable-answer.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpBody, HttpResponse } from '../../lib/http.ts';
import { parseRepeatability } from '../../odata/headers/repeatability.ts';
import type { Call } from '../request/context.ts';
import { asAppError } from '../request/error-response.ts';
import type { Resource } from '../request/resource.ts';

/** Writes that clients may repeat without doing them twice (Repeatable Requests 1.0). */

type Run = (call: Call, resource: Resource) => Promise<HttpResponse<HttpBody>>;

/** How long an answer is kept. */
const HOURS_TRACKED = 24;
const HOUR = 3_600_000;

/** How far a client's clock may be ahead. */
const SKEW = HOUR / 12;

/** The write, which a client may repeat if it names it by the headers for that. Their answers say in turn whether the headers would do. */
export const repeatable =
  (run: Run): Run =>
  async (call, resource) => {
    const request = acceptedRequest(call);
    if (request === undefined) return run(call, resource);
    try {
      const answer = await run({ ...call, repeatable: request }, resource);
      return { ...answer, headers: { ...answer.headers, ...result('accepted') } };
    } catch (error) {
      throw withResult(error, asAppError(error).code === 'repeatabilityRejected' ? 'rejected' : 'accepted');
    }
  };

type Result = 'accepted' | 'rejected';

const result = (value: Result) => ({ 'repeatability-result': value });

function withResult(error: unknown, value: Result): AppError {
  const { code, message, target, headers } = asAppError(error);
  return new AppError(code, message, {
    ...(target === undefined ? {} : { target }),
    headers: { ...headers, ...result(value) },
    cause: error,
  });
}

function acceptedRequest(call: Call): RepeatableRequest | undefined {
  try {
    return requestOf(call);
  } catch (error) {
    throw withResult(error, 'rejected');
  }
}

/** @throws invalidHeader, repeatabilityRejected */
function requestOf({ request, principal, dependencies }: Call): RepeatableRequest | undefined {
  const given = parseRepeatability(request.headers);
  if (given === undefined) return undefined;
  const now = dependencies.clock.now();
  const expiresAt = given.firstSent + HOURS_TRACKED * HOUR;
  if (expiresAt <= now || given.firstSent > now + SKEW) {
    const date = new Date(now).toUTCString();
    const rule = `Repeatability-First-Sent must lie in the last ${HOURS_TRACKED} hours; it is ${date} here.`;
    throw new AppError('repeatabilityRejected', `${rule} See whether the request was carried out, and send it as a new one if not.`, {
      target: 'Repeatability-First-Sent',
    });
  }
  const { clientId, subject } = principal;
  // Nobody is answered what another was, even by the same id.
  const id = hash('sha256', JSON.stringify([clientId, subject, given.clientId, given.requestId]), 'base64url');
  const { method, target, headers, json, body = json && JSON.stringify(json.value) } = request;
  const line = [method, target, given.firstSent, headers['content-type'], headers['if-match'], headers['if-none-match']];
  const fingerprint = createHash('sha256').update(JSON.stringify(line));
  if (body !== undefined) fingerprint.update(body);
  return { id, fingerprint: fingerprint.digest('base64url'), now, expiresAt };
}
