import type { Socket } from 'node:net';
import { AppError } from '../../lib/app-error.ts';
import type { RenderError } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { STATUS_CODES } from './http-constants.ts';
import { securityHeaders } from './security-headers.ts';

/** What Node's parser reports: `code` names the defect. */
export type ConnectionError = Error & { readonly code?: string };

/**
 * Answers what is not even an HTTP request, as well as that can be done without one, and closes the connection.
 * @returns whether there was anyone left to answer
 */
export function refuseConnection(error: ConnectionError, socket: Socket, renderError: RenderError): boolean {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return false;
  }
  const requestId = uuidV4();
  const response = renderError(meaningOf(error), { requestId, headers: {} });
  const body = Buffer.from(response.body ?? '');
  const headers = {
    ...securityHeaders(false, undefined),
    ...response.headers,
    'request-id': requestId,
    'content-length': String(body.length),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${head.join('')}\r\n`);
  socket.write(body);
  socket.destroySoon();
  return true;
}

function meaningOf(cause: ConnectionError): AppError {
  switch (cause.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('headersTooLarge', 'The request line and headers are too large. Shorten the URL or send fewer headers.', {
        cause,
      });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('requestTimeout', 'The request did not arrive in time. Send it again, without pauses.', { cause });
    case 'HPE_INVALID_METHOD':
      return new AppError('invalidRequest', 'The request line does not start with a method that HTTP knows.', { cause });
    default:
      return new AppError('invalidRequest', 'The request is not valid HTTP/1.1. Check its request line, headers and chunks.', { cause });
  }
}
