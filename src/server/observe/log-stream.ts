import type { Writable } from 'node:stream';

/** Characters of log lines that wait for whoever reads the log. Lines that come when so many wait are dropped and counted. */
export const LOG_BACKLOG = 128 * 1024;
/** Lines wait in memory up to this many characters, since a write for every request would cost more than the request. */
const WRITE_AT = 8 * 1024;
/** How long {@link LogStream.end} waits for a reader, in milliseconds. */
export const LOG_END_MS = 500;

/** What a {@link LogStream} tells. */
export interface LogStreamObserver {
  /** So many lines have been dropped just now. */
  dropped(lines: number): void;
  /** Lines are taken again, after so many have been dropped: the place for a line that says so. */
  flowsAgain(dropped: number): void;
}

/**
 * Log lines on their way to stderr. Nobody ever waits for the reader of the log: what it does not take in time waits here, up to
 * {@link LOG_BACKLOG}, and is dropped beyond that.
 *
 * On pipes and sockets, Node writes without waiting. On files it waits for the system's cache only. On a terminal it waits for the terminal.
 */
export class LogStream {
  readonly #sink: Writable;
  readonly #observer: LogStreamObserver;
  #lines: string[] = [];
  /** Characters that wait, and that are being written. */
  #waiting = 0;
  #isWriting = false;
  #dropped = 0;
  #idle: (() => void) | undefined;
  /** Its errors come with each write, too. */
  readonly #ignore = (): void => undefined;

  constructor(sink: Writable, observer: LogStreamObserver) {
    this.#sink = sink;
    this.#observer = observer;
    sink.on('error', this.#ignore);
  }

  /** Takes a line with its end. */
  write(line: string): void {
    if (this.#waiting + line.length > LOG_BACKLOG) {
      this.#drop(1);
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#waiting >= WRITE_AT) this.flush();
  }

  /** Hands on what waits, unless the reader has yet to take what it got before. */
  flush(): void {
    if (this.#isWriting || this.#lines.length === 0) return;
    const lines = this.#lines;
    const text = lines.join('');
    this.#lines = [];
    this.#isWriting = true;
    this.#sink.write(text, (error) => {
      this.#isWriting = false;
      this.#waiting -= text.length;
      if (error) this.#drop(lines.length);
      else this.#sayDropped();
      this.flush();
      if (!this.#isWriting) this.#idle?.();
    });
  }

  /** Resolves when all is written, at the latest after {@link LOG_END_MS}. */
  async end(): Promise<void> {
    this.flush();
    if (this.#isWriting) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      const timer = setTimeout(resolve, LOG_END_MS);
      await promise;
      clearTimeout(timer);
    }
    this.#sink.off('error', this.#ignore);
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#observer.dropped(lines);
  }

  #sayDropped(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#observer.flowsAgain(dropped);
  }
}
