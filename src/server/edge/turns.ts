import type { ServerResponse } from 'node:http';
import type { HttpHeaders, HttpResponse } from '../../lib/http.ts';

/** What an answer carries besides what its maker put into it. */
export interface Envelope {
  readonly requestId: string;
  readonly clientRequestId: string | undefined;
  /** What browsers must know (`security-headers.ts`). */
  readonly security: HttpHeaders;
  readonly withoutBody: boolean;
  /** The connection ends with this answer. */
  readonly last: boolean;
}

/** Writes the body of an answer behind its headers, and ends it. */
type WriteBody = (outgoing: ServerResponse, body: HttpResponse['body']) => void;

interface Ready {
  readonly response: HttpResponse;
  readonly outgoing: ServerResponse;
  readonly envelope: Envelope;
}

/**
 * Requests that arrive in one turn of the event loop are answered side by side: they begin together, and what is ready in that turn is
 * written together at its end. Side by side each step of an answer is done for all of them while its code is in the processor's cache;
 * one after the other, each request finds the cache full of the code of sockets and parsers. And a write wakes whoever waits at the
 * other side, which costs more than the rest of the write; in a row, the first one wakes it for all of them (`docs/performance.md`).
 * Answers that took longer, such as those of a commit, are written at once.
 */
export class Turns {
  #next: Promise<void> | undefined;
  #ready: Ready[] = [];
  #inTurn = false;
  readonly #writeBody: WriteBody;
  readonly #failed: (cause: unknown) => void;

  /** @param failed told of an answer that could not be written; its connection is closed */
  constructor(writeBody: WriteBody, failed: (cause: unknown) => void) {
    this.#writeBody = writeBody;
    this.#failed = failed;
  }

  /** Resolves when the requests that have been read by then begin to be answered. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = undefined;
        this.#inTurn = true;
        setImmediate(() => this.#endTurn());
        resolve();
      });
    });
    return this.#next;
  }

  write(ready: Ready): void {
    if (this.#inTurn) this.#ready.push(ready);
    else this.#send(ready);
  }

  #endTurn(): void {
    const turn = this.#ready;
    this.#ready = [];
    this.#inTurn = false;
    for (const ready of turn) this.#send(ready);
  }

  #send(ready: Ready): void {
    try {
      send(ready, this.#writeBody);
    } catch (cause) {
      this.#failed(cause);
      ready.outgoing.destroy();
    }
  }
}

/** Both ids are on every answer, whoever made it (Graph: "request-id", "client-request-id"). */
function send({ response, outgoing, envelope }: Ready, writeBody: WriteBody): void {
  const { status, body } = response;
  const headers: Record<string, string | number> = { ...envelope.security, ...response.headers, 'request-id': envelope.requestId };
  const echoed = envelope.clientRequestId;
  if (echoed !== undefined) headers['client-request-id'] = echoed;
  if (envelope.last) headers.connection = 'close';
  if (status !== 204 && status !== 304) headers['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
  outgoing.writeHead(status, headers);
  writeBody(outgoing, envelope.withoutBody ? undefined : body);
}
