import { connect, type Socket } from 'node:net';
import { AppError } from '../src/lib/app-error.ts';

const HEADER_END = Buffer.from('\r\n\r\n');
const LENGTH = 'content-length: ';
const CHUNKED = 'transfer-encoding: chunked';
/** The end of a chunked body (RFC 9112 §7.1), without trailers. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/**
 * One keep-alive connection that sends ready-made requests and reads just enough of the answers: status, length, body.
 * Chunks are not joined, as nobody looks closer at a body than for the words in it.
 * An HTTP client would cost more than the servers that are measured.
 */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #answered: (status: number, body: Buffer) => void;
  readonly #failed: (error: Error) => void;
  #received: Buffer | undefined;

  /** @param on `answered` is called once for every request, `failed` at most once; then the connection is of no use any more */
  constructor(url: URL, on: { readonly answered: (status: number, body: Buffer) => void; readonly failed: (error: Error) => void }) {
    this.#answered = on.answered;
    this.#failed = on.failed;
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#read(chunk as Buffer));
    this.#socket.on('error', (error) => this.#failed(error));
    this.#socket.on('close', () => this.#failed(new AppError('internal', 'The server closed a connection in the middle of the load.')));
  }

  send(request: Buffer): void {
    this.#socket.write(request);
  }

  end(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.end();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    const headerEnd = bytes.indexOf(HEADER_END);
    if (headerEnd < 0) {
      this.#received = bytes;
      return;
    }
    const head = bytes.toString('latin1', 0, headerEnd).toLowerCase();
    const bodyStart = headerEnd + HEADER_END.length;
    const end = endOf(bytes, bodyStart, head);
    if (end === undefined) {
      this.#failed(new AppError('internal', `An answer without length cannot be measured: ${head}`));
      return;
    }
    if (bytes.length < end) {
      this.#received = bytes;
      return;
    }
    this.#received = undefined;
    this.#answered(Number(head.slice(9, 12)), bytes.subarray(bodyStart, end));
  }
}

/** Where an answer's body ends, somewhere behind `bytes` when it has not all arrived; undefined when the answer does not say. */
function endOf(bytes: Buffer, bodyStart: number, head: string): number | undefined {
  const at = head.indexOf(LENGTH);
  if (at >= 0) return bodyStart + Number.parseInt(head.slice(at + LENGTH.length), 10);
  if (!head.includes(CHUNKED)) return undefined;
  return bytes.subarray(bodyStart).subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) ? bytes.length : Number.POSITIVE_INFINITY;
}
