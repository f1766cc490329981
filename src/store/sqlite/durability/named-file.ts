import { statSync } from 'node:fs';

/** A file that this process has open, and the path by which others find it. */
export class NamedFile {
  readonly #path: string;
  readonly #identity: string | undefined;

  /** @param path leads to the file now */
  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** Whether the path still leads to it: neither was removed, moved away or replaced. */
  isNamed(): boolean {
    return this.#identity !== undefined && identityOf(this.#path) === this.#identity;
  }
}

function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch {
    return undefined; // the folder is not there, or a disk does not answer
  }
}
