import { setTimeout as sleep, setImmediate as untilPolled } from 'node:timers/promises';
import type { OpenConnections } from './connections.ts';

/** How often the connections are looked at, in milliseconds. */
const LOOK_MS = 25;
/** A connection on which nothing has moved for so long is closed once the server no longer listens, in milliseconds. */
export const DRAIN_IDLE_MS = 2000;
/** The same for one over which nothing has come yet: who connects is about to send. */
export const DRAIN_UNUSED_MS = 5000;
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
export interface DrainTimes {
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
