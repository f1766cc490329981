import { Socket } from 'node:net';
import pg from 'pg';
import { AppError } from '../../../lib/app-error.ts';

/** How often connections are looked at, in milliseconds. */
const TICK_MS = 500;

/** What a statement may take longer than `--database-timeout` says before its connection is given up: the database's own answer is on its way, in milliseconds. */
export const SILENCE_GRACE_MS = 2000;

/** The error of statements whose connection was given up, as nothing came. */
const silent = (milliseconds: number): AppError =>
  new AppError('storeUnavailable', 'The database does not answer. Try again later.', {
    isLogged: true,
    cause: new Error(`Nothing came from the database for ${milliseconds} ms, although statements waited for answers.`),
  });

/**
 * A client that knows its socket, so that it can be closed at once whatever the other side does, and that gives up a database that is silent:
 * `statement_timeout` is kept by the database itself, which may be frozen or cut off.
 */
export class WatchedClient extends pg.Client {
  readonly #socket: Socket;
  /** Statements without an answer. */
  #outstanding = 0;
  #silentFor = 0;
  #bytes = 0;
  /** Whether it waits for as long as it takes. */
  #patient = false;
  /** In which state of the database it was made ready; undefined before that. */
  era: number | undefined;

  constructor(config: pg.ClientConfig = {}) {
    const socket = new Socket();
    // The pool hides the password from whoever copies its settings.
    super({ ...config, ...(config.password === undefined ? {} : { password: config.password }), stream: () => socket });
    this.#socket = socket;
  }

  /** A statement was sent. */
  asked(): void {
    if (this.#outstanding++ === 0) this.#silentFor = 0;
  }

  /** A statement was answered. */
  answered(): void {
    this.#outstanding--;
    this.#silentFor = 0;
  }

  set isPatient(patient: boolean) {
    this.#patient = patient;
    this.#silentFor = 0;
  }

  /** Closes it now: all its statements fail with this error. */
  destroy(error: Error): void {
    this.#socket.destroy(error);
  }

  /**
   * Called every {@link TICK_MS}. Time in which this process itself stood still counts as one of these: answers may wait to be read.
   * @param longest silence, in milliseconds
   * @returns why it was given up, if it was
   */
  tick(longest: number): AppError | undefined {
    if (this.#outstanding === 0 || this.#patient) return undefined;
    const bytes = this.#socket.bytesRead;
    if (bytes !== this.#bytes) this.#silentFor = 0;
    else this.#silentFor += TICK_MS;
    this.#bytes = bytes;
    if (this.#silentFor <= longest) return undefined;
    const error = silent(this.#silentFor);
    this.destroy(error);
    return error;
  }
}

/** Watches clients until it is told to stop. */
export class SilenceWatch {
  readonly #clients = new Set<WatchedClient>();
  readonly #timer: NodeJS.Timeout;

  /**
   * @param longest silence while statements wait for answers, in milliseconds
   * @param gaveUp told of each client that was silent for longer
   */
  constructor(longest: number, gaveUp: (cause: unknown) => void) {
    this.#timer = setInterval(() => {
      for (const client of this.#clients) {
        const error = client.tick(longest);
        if (error !== undefined) gaveUp(error.cause);
      }
    }, TICK_MS).unref();
  }

  watch(client: WatchedClient): void {
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
  }

  /** Closes what is open still. */
  stop(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.destroy(new Error('The store is closed.'));
  }
}
