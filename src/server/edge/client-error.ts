import type { Socket } from 'node:net';
import { AppError } from '../../lib/app-error.ts';
import type { RenderError } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { finishedHeaders } from './send.ts';

// From `process`: an `import` of `node:http` runs its getters and so loads Node's own HTTP client, 15 MB and 50 ms.
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** The report of Node's parser: `code` names the defect. */
export type ConnectionError = Error & { readonly code?: string };

/**
 * Answers bytes that are not even an HTTP request, as far as that is possible without one, and closes the connection.
 * @returns whether there was a client left to answer
 */
export function refuseConnection(error: ConnectionError, socket: Socket, renderError: RenderError): boolean {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return false;
  }
  const requestId = uuidV4();
  const response = renderError(meaningOf(error), { requestId, headers: {} });
  const headers = Object.entries(finishedHeaders(response, { requestId, headers: {}, secure: false, last: true }));
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n${head}\r\n`);
  socket.write(response.body ?? '');
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
