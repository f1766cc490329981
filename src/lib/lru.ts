/** A map that keeps the entries used last. */
export class Lru<V> {
  readonly #entries = new Map<string, V>();
  readonly #capacity: number;

  /** @param capacity how many entries it keeps */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key, which now counts as used last. */
  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined && this.#entries.size > this.#capacity / 2) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  /** Adds an entry; drops the one unused for longest when it is full. */
  set(key: string, value: V): V {
    if (this.#entries.size >= this.#capacity) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, value);
    return value;
  }
}
