import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenConnections } from './open-connections.ts';

/** How often the connections are looked at, in milliseconds. */
const LOOK_MS = 25;
/** A connection on which nothing has moved for so long is closed once the server no longer listens, in milliseconds. */
export const DRAIN_IDLE_MS = 1000;
/** The server stops to listen when nobody has connected for so long, in milliseconds, … */
const QUIET_MS = 200;
/** … and at the latest after so long. */
const SETTLE_MS = 1500;

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
  const nobodyConnects = (): boolean => performance.now() - connections.openedAt >= QUIET_MS;
  server.lastAnswers(true);
  await until(delay, () => {
    connections.look(0);
    return connections.size === 0 && nobodyConnects();
  });
  if (delay > 0 && !(connections.size === 0 && nobodyConnects())) {
    server.lastAnswers(false);
    await until(SETTLE_MS, () => {
      connections.look(0);
      return nobodyConnects();
    });
    server.lastAnswers(true);
  }
  server.stopListening();
  const idle = delay > 0 ? DRAIN_IDLE_MS : 0;
  await until(deadline, () => {
    for (const socket of connections.look(idle)) socket.destroy();
    return connections.size === 0;
  });
  connections.destroyAll();
}

/** Looks again and again until it is enough or the time is over; once at least. */
async function until(milliseconds: number, isEnough: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!isEnough() && performance.now() < end) await sleep(LOOK_MS);
}
