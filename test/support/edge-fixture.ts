import { connect } from 'node:net';
import { errorResponse } from '../../src/api/request/error-response.ts';
import type { HttpRequest, HttpResponse } from '../../src/lib/http.ts';
import { createHttpServer, type HttpServerOptions } from '../../src/server/edge/listen.ts';
import type { Observation } from '../../src/server/observe/observation.ts';

/** For tests: an edge with an injected handler on a free port. */
export interface Edge {
  readonly url: string;
  readonly port: number;
  /** What the handler was given. */
  readonly requests: HttpRequest[];
  readonly observations: Observation[];
  /** Sends bytes over a socket of its own and resolves with all that came back until the server closed it. */
  send(...chunks: readonly (string | Buffer)[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

const echo = async (request: HttpRequest): Promise<HttpResponse> => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ ...request, body: request.body === undefined ? null : Buffer.from(request.body).toString() }),
});

/** Starts one; `echo` answers unless another handler is given. */
export async function openEdge(options: Partial<HttpServerOptions> = {}): Promise<Edge> {
  const requests: HttpRequest[] = [];
  const observations: Observation[] = [];
  const { handle = echo, ...rest } = options;
  const server = createHttpServer({
    renderError: (error, request) => ({ ...errorResponse(error, request), facts: { error } }),
    observe: (observation) => observations.push(observation),
    bodyLimit: 64 * 1024,
    handle(request) {
      requests.push(request);
      return handle(request);
    },
    ...rest,
  });
  const port = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    observations,
    send: (...chunks) =>
      new Promise((resolve, reject) => {
        const received: Buffer[] = [];
        const socket = connect(port, '127.0.0.1', () => {
          for (const chunk of chunks) socket.write(chunk);
        });
        socket.on('data', (chunk) => received.push(Buffer.from(chunk)));
        socket.on('close', () => resolve(Buffer.concat(received).toString()));
        socket.on('error', reject);
      }),
    [Symbol.asyncDispose]: () => server.close(1_000),
  };
}

/** The code in the body of a raw answer, and its status. */
export function readRefusal(answer: string): { readonly status: number; readonly code: string } {
  const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  return { status: Number(answer.slice(9, 12)), code: body.error.innerError.code };
}
