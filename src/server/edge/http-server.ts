import { lookup } from 'node:dns/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import Fastify, {
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import { AppError } from '../../lib/app-error.ts';
import { clientRequestIdOf } from '../../lib/client-request-id.ts';
import { type HttpHandler, type HttpHeaders, type HttpResponse, type RenderError, URL_LIMIT } from '../../lib/http.ts';
import { uuidV4 } from '../../lib/ids.ts';
import type { TlsPair } from '../config/pem-files.ts';
import type { Observe, RequestAborted, RequestFinished } from '../observe/observation.ts';
import { AnswerBudget, type SlowReaders } from './answer-budget.ts';
import { BodyBudget } from './body-budget.ts';
import { refuseConnection } from './client-error.ts';
import { compressAnswer } from './compress-answer.ts';
import { contentCoding } from './content-coding.ts';
import { type Draining, drain } from './drain.ts';
import { METHODS } from './http-constants.ts';
import { MemoryReturn } from './memory-return.ts';
import { type Connection, OpenConnections } from './open-connections.ts';
import { hasBody, readBody } from './read-body.ts';
import { originResolver } from './request-origin.ts';
import { securityHeaders } from './security-headers.ts';
import type { TrustedProxies } from './trusted-proxies.ts';
import { Turns } from './turns.ts';

/**
 * The HTTP edge: sockets in, plain request values out, and back. `src/server` is the composition root and may import every
 * folder above it; this file knows only `lib`. Fastify contributes the server's life (listen, inject, drain, timeouts, TLS);
 * its router sees one constant path, because URLs are parsed by grammar in `odata`, and its body parsers see nothing, because
 * the media type is the API's to judge. Go on with `routes.ts`, which decides who answers.
 */

export interface HttpServerOptions {
  readonly handle: HttpHandler;
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

/** Bytes of answers under way, when nobody says it. */
const DEFAULT_ANSWER_BUDGET = 256 * 1024 ** 2;

/** Bodies of the largest size that one connection may have under way: one as it was sent, and the same decompressed. Or an eighth of the budget. */
const BODIES_PER_CONNECTION = 2;

// No route has a schema. Saying so spares loading the compilers of JSON schemas: 9 MB and a tenth of the start.
// The cast: a validator's type is that of Ajv's compiled functions, and this one is never asked for any.
const NO_SCHEMAS = {
  compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => JSON.stringify },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** Makes the server; nothing listens yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { handle, renderError, observe, bodyLimit } = options;
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const { bodyBudget = 32 * bodyLimit } = options;
  const bodies = new BodyBudget({ total: bodyBudget, perConnection: Math.max(BODIES_PER_CONNECTION * bodyLimit, bodyBudget / 8) });
  const answers = new AnswerBudget(options.answerBudget ?? DEFAULT_ANSWER_BUDGET, options.slowReaders);
  const turns = new Turns(
    (outgoing, body) => answers.write(outgoing, body),
    (cause) => observe({ kind: 'failed', what: 'writing an answer', cause }),
  );
  const connections = new OpenConnections();
  const memory = new MemoryReturn();
  let isLast = false;
  const originOf = originResolver({
    publicUrl: options.publicUrl,
    trustedProxies: options.trustedProxies,
    secure: options.tls !== undefined,
  });
  const http = {
    maxHeaderSize: HEADER_LIMIT,
    headersTimeout: timeouts.headers,
    connectionsCheckingInterval: Math.min(10_000, timeouts.headers),
    // Host is checked in request-origin.ts; headers sent twice are joined, so that a second Host or Authorization cannot hide.
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
    rewriteUrl: () => '/',
    schemaController: NO_SCHEMAS,
    clientErrorHandler(error, socket) {
      const clientAddress = (socket as Socket).remoteAddress ?? '';
      if (refuseConnection(error, socket as Socket, renderError)) observe({ kind: 'connectionRefused', clientAddress, cause: error });
    },
  });
  const { maxConnections = MAX_CONNECTIONS } = options;
  const refused = new WeakSet<Socket>();
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

  /** @returns how the request ended */
  async function answer(
    message: IncomingMessage,
    outgoing: ServerResponse,
    connection: Connection,
  ): Promise<RequestFinished | RequestAborted> {
    const startedAt = performance.now();
    const requestId = uuidV4();
    let target = (message as IncomingMessage & { originalUrl: string }).originalUrl;
    const method = message.method!;
    const headers = message.headers as HttpHeaders; // strings only, thanks to joinDuplicateHeaders
    let clientAddress = message.socket.remoteAddress ?? '';
    let response: HttpResponse;
    const share = hasBody(message) ? bodies.open(message.socket) : undefined;
    const space = answers.open();
    let hasTurn = false;
    try {
      if (refused.has(message.socket) || connections.running > maxConnections) throw tooManyConnections();
      if (target.length > URL_LIMIT) throw new AppError('urlTooLong', `The URL is longer than ${URL_LIMIT} characters. Shorten it.`);
      const from = originOf(message, target);
      ({ target, clientAddress } = from);
      const accept = headers['accept-encoding'];
      const coding = accept === undefined ? undefined : contentCoding(accept);
      const body = share === undefined ? undefined : await readBody(message, { limit: bodyLimit, share });
      const turn = connection.beginTurn();
      if (turn !== undefined) await turn;
      hasTurn = true;
      await turns.next();
      answers.admit();
      const request = {
        method: method === 'HEAD' ? 'GET' : method,
        target,
        headers,
        origin: from.origin,
        requestId,
        clientAddress,
        signal: connection.closed,
        space,
      };
      const made = compressAnswer(await handle(body === undefined ? request : { ...request, body }), coding);
      response = made instanceof Promise ? await made : made;
    } catch (cause) {
      if (!(cause instanceof AppError) && message.destroyed && !message.complete) {
        return { kind: 'requestAborted', requestId, clientAddress, cause };
      }
      response = renderError(cause, { requestId, headers });
    } finally {
      share?.release();
      space.release();
      if (hasTurn) connection.endTurn();
    }
    const envelope = {
      requestId,
      clientRequestId: clientRequestIdOf(headers),
      security: securityHeaders(options.tls !== undefined, headers.host),
      withoutBody: method === 'HEAD',
      last: isLast || refused.has(message.socket),
    };
    if (!envelope.withoutBody && response.body !== undefined) response = answers.watch(outgoing, response, connection.closed);
    turns.write({ response, outgoing, envelope });
    const milliseconds = performance.now() - startedAt;
    return { kind: 'requestFinished', request: { method, target, requestId }, response, milliseconds, clientAddress };
  }

  fastify.route({
    method: methods,
    url: '/',
    // Written to the socket directly: Fastify's reply pipeline has nothing to add and costs 8 % of a small request.
    handler(request: FastifyRequest, reply: FastifyReply) {
      reply.hijack();
      observe({ kind: 'requestStarted' });
      const connection = connections.began(request.raw.socket);
      // Each request that has started is observed to end, once, whatever went wrong.
      answer(request.raw, reply.raw, connection)
        .catch((cause: unknown): RequestAborted => {
          reply.raw.destroy();
          observe({ kind: 'failed', what: 'answering a request', cause });
          return { kind: 'requestAborted', requestId: '', clientAddress: '', cause };
        })
        .then((end) => {
          connections.ended(connection);
          memory.answered();
          observe(end);
        })
        .catch((cause: unknown) => observe({ kind: 'failed', what: 'observing a request', cause }));
    },
  });

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

const tooManyConnections = (): AppError =>
  new AppError('busy', 'The server has as many connections or requests as it can. Send the request again later.', {
    headers: { 'retry-after': '1' },
  });
