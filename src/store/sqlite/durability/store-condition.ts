import { read } from 'node:fs';
import type { AppError } from '../../../lib/app-error.ts';
import { SharedAnswer } from '../../../lib/shared-answer.ts';

/** At most one change of the condition is told in so many milliseconds, and the last one is told for certain. */
export const CONDITION_TOLD_MS = 1000;

/** What a {@link StoreCondition} tells about itself, once for each change. */
export interface ConditionObserver {
  /** Writes are refused from now on. @param needsRestart whether only another start ends that */
  impaired?(error: AppError, needsRestart: boolean): void;
  /** They are taken again. */
  recovered?(): void;
}

/** Whether writes are taken, as the last group of them found out, and why they are not. */
export class StoreCondition {
  readonly #observer: ConditionObserver;
  #fault: AppError | undefined;
  #fatal: AppError | undefined;
  #mustLeave = false;
  #told: AppError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(observer: ConditionObserver = {}) {
    this.#observer = observer;
  }

  /** Why the last group of writes was refused. */
  get fault(): AppError | undefined {
    return this.#fatal ?? this.#fault;
  }

  /** Why no further one is taken until another start. */
  get fatal(): AppError | undefined {
    return this.#fatal;
  }

  /** Whether the files must stay as they are. */
  get mustLeave(): boolean {
    return this.#mustLeave;
  }

  /** A group was refused. Others may be taken. */
  failed(error: AppError): void {
    this.#fault = error;
    this.#tell();
  }

  /** A group was stored that has really written something. */
  succeeded(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#tell();
  }

  /** No further one may be taken: the first reason stays. */
  end(error: AppError): void {
    this.#fatal ??= error;
    this.#tell();
  }

  /** Neither may the files be written to, nor closed, which writes to them: what the disk has kept of them, or who has them, is not known. */
  leave(error: AppError): void {
    this.#mustLeave = true;
    this.end(error);
  }

  #tell(): void {
    const { fault } = this;
    if (this.#timer !== undefined || fault?.message === this.#told?.message) return;
    this.#told = fault;
    if (fault === undefined) this.#observer.recovered?.();
    else this.#observer.impaired?.(fault, this.#fatal !== undefined);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, CONDITION_TOLD_MS).unref();
  }
}

/** How long somebody waits to hear whether a damaged page is one that the disk does not give, in milliseconds. */
const READ_PROBE_PATIENCE_MS = 2000;
const KEPT_MS = 1000;
const CHUNK_BYTES = 1024 ** 2;

/** Says whether the disk gives files: SQLite takes a page that it does not get for a damaged one. */
export class ReadProbe {
  readonly #files: readonly number[];
  readonly #answer = new SharedAnswer(() => this.#read(), KEPT_MS);

  /** @param files open ones: to open and close a database would drop the locks of this process (POSIX) */
  constructor(files: readonly number[]) {
    this.#files = files;
  }

  /** Reads the files from one end to the other. @returns the error where they cannot be read; undefined where it takes too long, too */
  async failure(): Promise<Error | undefined> {
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), READ_PROBE_PATIENCE_MS);
    return await Promise.race([this.#answer.get(), late.promise]).finally(() => clearTimeout(timer));
  }

  async #read(): Promise<Error | undefined> {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    try {
      for (const file of this.#files) for (let at = 0, got = 1; got > 0; at += got) got = await readAt(file, chunk, at);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}

const readAt = (file: number, chunk: Buffer, at: number): Promise<number> =>
  new Promise((resolve, reject) =>
    read(file, chunk, 0, chunk.length, at, (error, got) => {
      if (error === null) resolve(got);
      else reject(error);
    }),
  );
