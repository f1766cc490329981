import { read } from 'node:fs';
import { SharedAnswer } from '../../../lib/shared-answer.ts';

/** How long somebody waits to hear whether a damaged page is one that the disk does not give, in milliseconds. */
export const READ_PROBE_PATIENCE_MS = 2000;
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
