import { randomUUID } from 'node:crypto';
import { AppError } from '../src/lib/app-error.ts';
import type { Answer, Client } from './client.ts';

/** Longer than a server may take to answer, whatever its database does. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;

/** Where requests may go. */
export interface RepeatingTarget {
  /** The servers that run now. */
  readonly urls: () => readonly string[];
  readonly token: string;
  /** Whether nothing is repeated any more. */
  readonly isOver: () => boolean;
  /** Told of each answer that asks to come again. */
  readonly unavailable?: () => void;
}

/**
 * Makes a client that sends each request to any of several servers, and again, to any, until it is answered with something else than 503. A write
 * says that it is repeated, so that it happens once. Rejects with the last failure when it is over.
 */
export function createRepeatingClient({ urls, token, isOver, unavailable }: RepeatingTarget): Client {
  return async (method, path, body) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(method === 'GET' ? {} : { 'repeatability-request-id': randomUUID(), 'repeatability-first-sent': new Date().toUTCString() }),
    };
    for (;;) {
      const outcome = await send().catch((error: unknown) => error as Error);
      if (!(outcome instanceof Error) && outcome.status !== 503) return outcome;
      if (isOver()) throw outcome instanceof Error ? outcome : new AppError('storeUnavailable', 'It is over.');
      if (!(outcome instanceof Error)) unavailable?.();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }

    async function send(): Promise<Answer> {
      const open = urls();
      const url = open[Math.floor(Math.random() * open.length)];
      if (url === undefined) throw new AppError('storeUnavailable', 'No server runs.');
      const response = await fetch(`${url}/beta/deviceManagement/${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
    }
  };
}
