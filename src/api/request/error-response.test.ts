import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../lib/app-error.ts';
import { asAppError, errorResponse, statusOf } from './error-response.ts';

const request = { requestId: 'request-1', headers: {} };

describe('an error that nobody foresaw', () => {
  it('is 500 and shows nothing of itself', () =>
    fc.assert(
      fc.property(
        fc.string({ minLength: 8 }).filter((text) => /[^\x20-\x7e]|[0-9]{4}/.test(text) || text.length > 12),
        (secret) => {
          const answer = errorResponse(new TypeError(`secret:${secret}`), request);
          expect(answer.status).toBe(500);
          expect(String(answer.body)).not.toContain('secret:');
          expect(JSON.parse(String(answer.body)).error).toMatchObject({
            code: 'InternalServerError',
            innerError: { code: 'internal', 'request-id': 'request-1' },
          });
        },
      ),
    ));

  it('keeps its cause for the log', () => {
    const cause = new TypeError('x');
    expect(asAppError(cause)).toMatchObject({ code: 'internal', cause });
  });

  it.each([undefined, null, 'text', 5, {}])('even when %s was thrown', (thrown) => expect(errorResponse(thrown, request).status).toBe(500));
});

describe('an error of ours', () => {
  it.each<[ErrorCode, number, string]>([
    ['invalidValue', 400, 'BadRequest'],
    ['missingToken', 401, 'InvalidAuthenticationToken'],
    ['insufficientScope', 403, 'Forbidden'],
    ['notFound', 404, 'ResourceNotFound'],
    ['methodNotAllowed', 405, 'MethodNotAllowed'],
    ['alreadyExists', 409, 'Conflict'],
    ['preconditionFailed', 412, 'PreconditionFailed'],
    ['payloadTooLarge', 413, 'RequestEntityTooLarge'],
    ['unsupportedMediaType', 415, 'UnsupportedMediaType'],
    ['storeUnavailable', 503, 'ServiceUnavailable'],
  ])('%s is %i %s', (code, status, graphCode) => {
    const answer = errorResponse(new AppError(code, 'Do this.', { target: 't', headers: { allow: 'GET' } }), {
      requestId: 'r',
      headers: { 'client-request-id': 'c' },
    });
    expect(statusOf(new AppError(code, 'Do this.'))).toBe(status);
    expect(answer).toMatchObject({ status, headers: { allow: 'GET', 'content-type': 'application/json' } });
    expect(JSON.parse(String(answer.body)).error).toMatchObject({
      code: graphCode,
      message: 'Do this.',
      target: 't',
      innerError: { code, 'request-id': 'r', 'client-request-id': 'c', date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/) },
    });
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });

  it('is wrapped as JSON text in the service profile', () => {
    const answer = errorResponse(new AppError('notFound', 'Say "no".'), request, 'service');
    const message = JSON.parse(JSON.parse(String(answer.body)).error.message);
    expect(message.Message).toMatch(/^Say "no"\. - Operation ID \(for customer support\): request-1 - Activity ID: request-1/);
  });
});
