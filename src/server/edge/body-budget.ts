import type { Socket } from 'node:net';
import { AppError } from '../../lib/app-error.ts';

/** Bytes of request bodies that are held at once, in all and by one connection. */
export interface BodyLimits {
  readonly total: number;
  readonly perConnection: number;
}

/** What one request holds of the budget. */
export interface BodyShare {
  /** Takes more. @throws busy when nothing is left */
  take(bytes: number): void;
  /** Whether so much could be taken now. @throws busy when it could not */
  expect(bytes: number): void;
  /** Gives all of it back. */
  release(): void;
}

/** Bounds the memory that request bodies take: what has arrived counts until the request is answered. */
export class BodyBudget {
  readonly #limits: BodyLimits;
  readonly #byConnection = new WeakMap<Socket, number>();
  #held = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** The share of a request that arrives over a connection; nothing of it is taken yet. */
  open(connection: Socket): BodyShare {
    let own = 0;
    const add = (bytes: number): void => {
      own += bytes;
      this.#held += bytes;
      this.#byConnection.set(connection, (this.#byConnection.get(connection) ?? 0) + bytes);
    };
    return {
      expect: (bytes) => this.#expect(connection, bytes),
      take: (bytes) => {
        this.#expect(connection, bytes);
        add(bytes);
      },
      release: () => add(-own),
    };
  }

  #expect(connection: Socket, bytes: number): void {
    const { total, perConnection } = this.#limits;
    const ofConnection = this.#byConnection.get(connection) ?? 0;
    if (this.#held + bytes <= total && ofConnection + bytes <= perConnection) return;
    throw new AppError('busy', 'The server holds as many request bodies as it can. Send the request again later.', {
      headers: { 'retry-after': '1' },
    });
  }
}
