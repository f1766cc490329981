import { setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as untilPolled } from 'node:timers/promises';
import { AppError } from '../../lib/app-error.ts';

/** Requests of one connection that are answered side by side. Those that are pipelined behind them (RFC 9112 §9.3.2) wait for their turn. */
export const SIDE_BY_SIDE = 4;

/** A connection, and the requests that have come over it. */
export class Connection {
  /** What had arrived over it when it was looked at last. */
  bytesRead = 0;
  /** When anything moved on it last, as {@link OpenConnections.look} has seen it. */
  movedAt: number;
  /** Requests that are not answered yet. */
  running = 0;
  /** Requests that have their turn. */
  #answering = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #client = new AbortController();

  constructor(openedAt: number) {
    this.movedAt = openedAt;
    setMaxListeners(0, this.#client.signal);
  }

  /** Aborted when it is closed: nobody will see the answers that are not written yet. */
  get closed(): AbortSignal {
    return this.#client.signal;
  }

  close(): void {
    this.#client.abort(new AppError('busy', 'The client has closed the connection.'));
  }

  /** Keeps a client from having very many answers made at once. @returns undefined when a request has its turn, else what it waits for */
  beginTurn(): Promise<void> | undefined {
    if (this.#answering < SIDE_BY_SIDE) {
      this.#answering += 1;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A request that had its turn is answered. */
  endTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#answering -= 1;
    else next();
  }
}

/** The connections of a server, and which of them are idle. */
export class OpenConnections {
  readonly #connections = new Map<Socket, Connection>();
  #openedAt = Number.NEGATIVE_INFINITY;
  #running = 0;

  get size(): number {
    return this.#connections.size;
  }

  /** Requests that are not answered yet, over all connections. */
  get running(): number {
    return this.#running;
  }

  /** When a connection was opened last, as `performance.now()` says it. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** A connection was opened. */
  add(socket: Socket): Connection {
    this.#openedAt = performance.now();
    const connection = new Connection(this.#openedAt);
    this.#connections.set(socket, connection);
    socket.once('close', () => {
      this.#connections.delete(socket);
      connection.close();
    });
    return connection;
  }

  /** A request has come over a connection. One that is injected, without a socket, has a connection of its own. */
  began(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    const connection = known ?? (socket instanceof Socket ? this.add(socket) : new Connection(performance.now()));
    connection.running += 1;
    this.#running += 1;
    return connection;
  }

  /** It is answered. */
  ended(connection: Connection): void {
    connection.running -= 1;
    this.#running -= 1;
  }

  /** Looks on which connections something moves. */
  look(): void {
    const now = performance.now();
    for (const [socket, connection] of this.#connections) {
      const { bytesRead } = socket;
      if (connection.running > 0 || socket.writableLength > 0 || bytesRead !== connection.bytesRead)
        Object.assign(connection, { bytesRead, movedAt: now });
    }
  }

  /** Those on which nothing has moved for so many milliseconds, by whether anything has ever come over them. */
  idle(patience: { readonly used: number; readonly unused: number }): readonly Socket[] {
    this.look();
    const now = performance.now();
    return [...this.#connections].flatMap(([socket, { running, bytesRead, movedAt }]) => {
      const isIdle = running === 0 && socket.writableLength === 0 && now - movedAt >= (bytesRead > 0 ? patience.used : patience.unused);
      return isIdle ? [socket] : [];
    });
  }

  /** Cuts all connections off. */
  destroyAll(): void {
    for (const socket of this.#connections.keys()) socket.destroy();
  }
}

/** How often the connections are looked at, in milliseconds. */
const LOOK_MS = 25;
/** A connection on which nothing has moved for so long is closed once the server no longer listens, in milliseconds. */
const DRAIN_IDLE_MS = 2000;
/** The same for one over which nothing has come yet: who connects is about to send. */
const DRAIN_UNUSED_MS = 5000;
/** Clients have gone when no connection is open and none has been opened for so long, in milliseconds. */
const GONE_MS = 1000;
/** Clients stay where they are when nobody has connected for so long, … */
const QUIET_MS = 300;
/** … which is waited for no longer than this. */
const SETTLE_MS = 2000;

/** A server that stops. */
export interface Draining {
  readonly connections: OpenConnections;
  /** Whether each answer shall end its connection. */
  lastAnswers(yes: boolean): void;
  stopListening(): void;
}

/** How long a server takes to stop, in milliseconds. */
interface DrainTimes {
  /** How long it goes on as it was, but for telling clients to leave. */
  readonly delay: number;
  /** How long requests may take that run behind that; they are cut off then. */
  readonly deadline: number;
}

/**
 * Ends the connections of a server so that no request which a client sends is reset. Resolves when none is open; where none is, and
 * nobody has connected just before, at once.
 *
 * 1. For `delay`, clients are told to leave: `Connection: close` on every answer. Who connects is served.
 * 2. Answers keep their connections, so that busy clients stay where they are: connections that the system has accepted and the server has not
 *    are reset when it no longer listens, and now there are none.
 * 3. The server no longer listens. Every answer is the last of its connection; connections on which nothing happens are closed.
 */
export async function drain(server: Draining, { delay, deadline }: DrainTimes): Promise<void> {
  const { connections } = server;
  const isQuiet = (milliseconds: number): boolean => {
    connections.look();
    return performance.now() - connections.openedAt >= milliseconds;
  };
  const haveGone = (): boolean => isQuiet(GONE_MS) && connections.size === 0;
  server.lastAnswers(true);
  await until(delay, haveGone);
  if (delay > 0 && !haveGone()) {
    server.lastAnswers(false);
    await until(SETTLE_MS, () => haveGone() || (isQuiet(QUIET_MS) && connections.size > 0));
    server.lastAnswers(true);
  }
  server.stopListening();
  const patience = delay > 0 ? { used: DRAIN_IDLE_MS, unused: DRAIN_UNUSED_MS } : { used: 0, unused: 0 };
  await until(deadline, () => {
    for (const socket of connections.idle(patience)) socket.destroy();
    return connections.size === 0;
  });
  connections.destroyAll();
}

/**
 * Looks again and again until it is enough or the time is over; once at least. Each time behind a turn of the event loop, in which those are accepted
 * who have connected meanwhile: a process that was kept waiting finds its timers first.
 */
async function until(milliseconds: number, isEnough: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isEnough() && performance.now() < end) {
    await sleep(LOOK_MS);
    await untilPolled();
  }
}
