import { lookup } from 'node:dns/promises';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import Fastify, {
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import { AppError } from '../../lib/app-error.ts';
import { type HttpBody, type HttpHandler, type HttpRoute, type RenderError, URL_LIMIT } from '../../lib/http.ts';
import type { TlsPair } from '../config/pem-files.ts';
import type { Observe } from '../observe/observation.ts';
import { AnswerBudget, type SlowReaders } from './answer-budget.ts';
import { type Draining, drain, OpenConnections } from './connections.ts';
import { corsFor } from './cors.ts';
import { MemoryReturn } from './memory-return.ts';
import { originResolver, type TrustedProxies } from './proxies.ts';
import { BodyBudget } from './read-body.ts';
import { refuseConnection } from './send.ts';
import { type Arrival, requestServer } from './serve-request.ts';
import { TickBatcher } from './tick-batcher.ts';

// From `process`: an `import` of `node:http` runs its getters and so loads Node's own HTTP client, 15 MB and 50 ms.
const { METHODS } = process.getBuiltinModule('node:http');

/**
 * The HTTP edge: sockets in, plain request values out, and back. `src/server` is the composition root and may import every folder above it;
 * this folder knows only `lib` and the grammar of header lists. Fastify contributes the server's life (listen, inject, timeouts, TLS) and the
 * router. Go on with `serve-request.ts`, one request from its headers to its answer, and `routes/`, which says what is served where.
 */

export interface HttpServerOptions {
  /** What is served at URLs of its own. */
  readonly routes?: readonly HttpRoute[];
  /** Answers the requests to all other URLs, however malformed. */
  readonly handle: HttpHandler<HttpBody>;
  readonly renderError: RenderError;
  readonly observe: Observe;
  /** Largest body in bytes, sent and decompressed. */
  readonly bodyLimit: number;
  /** Most bytes of bodies that are held at once, over all connections; 32 of the largest by default. */
  readonly bodyBudget?: number;
  /** Most bytes of answers that clients have not taken yet. */
  readonly answerBudget?: number;
  /** Which clients take their answers too slowly. */
  readonly slowReaders?: SlowReaders;
  /** Most connections at once; {@link MAX_CONNECTIONS} by default. */
  readonly maxConnections?: number;
  /** Origins whose pages may use the server from a browser; none by default. */
  readonly corsOrigins?: readonly string[];
  readonly publicUrl?: string | undefined;
  readonly trustedProxies?: TrustedProxies | undefined;
  /** PEM texts; with them the server speaks https. */
  readonly tls?: TlsPair | undefined;
  /** Milliseconds; the defaults suit production. */
  readonly timeouts?: Partial<Timeouts>;
}

/** How long clients may take, in milliseconds. */
export interface Timeouts {
  /** Until the headers are complete. */
  readonly headers: number;
  /** Until the whole request is complete. */
  readonly request: number;
  /** A connection between two requests; longer than the usual 60 s of load balancers, so that they close first. */
  readonly keepAlive: number;
  /** A connection on which nothing moves, for example a client that does not read its answer. */
  readonly idle: number;
}

export interface HttpServer {
  /** Starts to listen. @returns the port */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** Answers a request without a socket. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse>;
  /**
   * Stops (`drain.ts`) and resolves when all requests are answered.
   * @param deadline longest wait for running requests, in milliseconds
   * @param delay how long clients are told to leave before, in milliseconds; with 0, idle connections are closed at once
   */
  close(deadline: number, delay?: number): Promise<void>;
}

/** Node counts the request target into the size of the headers, for which as much again is left. */
const HEADER_LIMIT = 2 * URL_LIMIT;

const TIMEOUTS: Timeouts = { headers: 20_000, request: 120_000, keepAlive: 72_000, idle: 120_000 };

/** Connections of a server that is not told otherwise. */
const MAX_CONNECTIONS = 4096;
/** Connections beyond the limit whose request is answered 503. Still further ones are closed without an answer. */
export const REFUSED_CONNECTIONS = 64;
/** How long such a connection may take to send it, in milliseconds. */
const REFUSED_PATIENCE_MS = 2000;

/** Bytes of answers under way by default. */
const DEFAULT_ANSWER_BUDGET = 256 * 1024 ** 2;

/** Bodies of the largest size that one connection may have under way: one as it was sent, and the same decompressed. Or an eighth of the budget. */
const BODIES_PER_CONNECTION = 2;

// No route has a schema. Saying so spares loading the compilers of JSON schemas: 4.4 of 132 MB at rest (2026-12-01).
// The cast: a validator's type is that of Ajv's compiled functions, and this one is never asked for any.
const NO_SCHEMAS = {
  compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => JSON.stringify },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** Makes the server; nothing listens yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { observe, bodyLimit, maxConnections = MAX_CONNECTIONS } = options;
  const { bodyBudget = 32 * bodyLimit } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const secure = options.tls !== undefined;
  const connections = new OpenConnections();
  const cors = corsFor(options.corsOrigins ?? []);
  const answering = (handle: HttpHandler<HttpBody>) => cors?.around(handle) ?? handle;
  const catchAll = answering(options.handle);
  const renderError: RenderError = (error, request) => {
    const response = options.renderError(error, request);
    return cors?.shared(response, request.headers) ?? response;
  };
  const refused = new WeakSet<Socket>();
  let isLast = false;
  const serve = requestServer({
    renderError,
    observe,
    secure,
    bodyLimit,
    bodies: new BodyBudget({ total: bodyBudget, perConnection: Math.max(BODIES_PER_CONNECTION * bodyLimit, bodyBudget / 8) }),
    answers: new AnswerBudget(options.answerBudget ?? DEFAULT_ANSWER_BUDGET, options.slowReaders),
    connections,
    ticks: new TickBatcher(),
    memory: new MemoryReturn(),
    originOf: originResolver({ publicUrl: options.publicUrl, trustedProxies: options.trustedProxies, secure }),
    admit({ socket }) {
      if (refused.has(socket) || connections.running > maxConnections) throw tooManyConnections();
    },
    isLast: ({ socket }) => isLast || refused.has(socket),
  });
  const http = {
    maxHeaderSize: HEADER_LIMIT,
    headersTimeout: timeouts.headers,
    connectionsCheckingInterval: Math.min(10_000, timeouts.headers),
    // Host is checked in proxies.ts; headers sent twice are joined, so that a second Host or Authorization cannot hide.
    requireHostHeader: false,
    joinDuplicateHeaders: true,
  };
  const fastify = Fastify({
    ...(options.tls === undefined ? { http } : { https: { ...http, ...options.tls } }),
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    connectionTimeout: timeouts.idle,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    schemaController: NO_SCHEMAS,
    // As Entra's URLs are. Queries are read by those who answer.
    routerOptions: { caseSensitive: false, maxParamLength: URL_LIMIT, querystringParser: () => NO_QUERY },
    rewriteUrl: ({ url }) => decodable(url!),
    // The router takes no target that is not a path, such as `*`: the API says what becomes of it.
    frameworkErrors: (_, request, reply) => serve(catchAll, arrivalOf(request, reply)),
    clientErrorHandler(error, socket) {
      const clientAddress = (socket as Socket).remoteAddress ?? '';
      if (refuseConnection(error, socket as Socket, renderError)) observe({ kind: 'connectionRefused', clientAddress, cause: error });
    },
  });
  fastify.server.maxConnections = maxConnections + REFUSED_CONNECTIONS;
  fastify.server.on('drop', () => observe({ kind: 'connectionOverLimit' }));
  fastify.server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.add(socket);
    if (connections.size <= maxConnections) return;
    observe({ kind: 'connectionOverLimit' });
    refused.add(socket);
    const timer = setTimeout(() => socket.destroy(), REFUSED_PATIENCE_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  });
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  for (const method of methods) fastify.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  const route = (url: string, method: readonly string[], handle: HttpHandler<HttpBody>): void => {
    fastify.route({
      method: [...method],
      url,
      handler(request, reply) {
        reply.hijack();
        serve(handle, arrivalOf(request, reply));
      },
    });
  };
  for (const { url, handle } of options.routes ?? []) route(url, ROUTED_METHODS, answering(handle));
  route('*', methods, catchAll);

  return {
    async listen(address) {
      // Fastify gives `localhost` a listener more, of which this server would know neither the connections nor the end.
      const { address: host } = await lookup(address.host);
      await fastify.listen({ ...address, host });
      return (fastify.server.address() as AddressInfo).port;
    },
    inject: (request) => fastify.inject(request),
    async close(deadline, delay = 0) {
      const server: Draining = {
        connections,
        lastAnswers: (yes) => {
          isLast = yes;
        },
        // Not the HTTP server's own way, which cuts connections off that it takes to be idle.
        stopListening: () => NetServer.prototype.close.call(fastify.server),
      };
      await drain(server, { deadline, delay });
      fastify.server.closeAllConnections(); // those that have not finished to shake hands
      await fastify.close();
    },
  };
}

const NO_QUERY = {};

const arrivalOf = (request: FastifyRequest, reply: FastifyReply): Arrival => ({
  target: request.originalUrl,
  message: request.raw,
  outgoing: reply.raw,
});

/** A target whose path the router can decode. Handlers get the one that was sent, and say what is wrong with its percent-encoding. */
function decodable(target: string): string {
  const [path] = target.split('?', 1);
  if (!path!.includes('%')) return target;
  try {
    decodeURI(path!);
    return target;
  } catch {
    return target.replaceAll('%', '%25');
  }
}

/** Methods of requests that find routes. All 34 that Node knows would take 5 MB for the router's trees; with the others, every URL is the API's. */
const ROUTED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const tooManyConnections = (): AppError =>
  new AppError('busy', 'The server has as many connections or requests as it can. Send the request again later.', {
    headers: { 'retry-after': '1' },
  });
