import type { Socket } from 'node:net';

/** Requests of one connection that are answered side by side. Those that are pipelined behind them (RFC 9112 §9.3.2) wait for their turn. */
export const SIDE_BY_SIDE = 4;

interface Pipeline {
  running: number;
  readonly waiting: (() => void)[];
}

/** Keeps a client from having very many answers made at once by sending requests without waiting for the answers. */
export class PipelinedRequests {
  readonly #pipelines = new WeakMap<Socket, Pipeline>();

  /** Waits for a request's turn. @returns undefined when it has it */
  begin(connection: Socket): Promise<void> | undefined {
    let pipeline = this.#pipelines.get(connection);
    if (pipeline === undefined) {
      pipeline = { running: 0, waiting: [] };
      this.#pipelines.set(connection, pipeline);
    }
    const { waiting } = pipeline;
    if (pipeline.running < SIDE_BY_SIDE) {
      pipeline.running += 1;
      return undefined;
    }
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** A request that had its turn is answered. */
  end(connection: Socket): void {
    const pipeline = this.#pipelines.get(connection)!;
    const next = pipeline.waiting.shift();
    if (next === undefined) pipeline.running -= 1;
    else next();
  }
}
