import { LRUCache } from 'lru-cache';

/** Bytes of the cache's own tables for one entry. */
const ENTRY_WEIGHT = 100;

/** Of the whole weight, the part that one entry may have: none pushes out all others. */
const LARGEST_SHARE = 1 / 8;

/**
 * A cache of the entries used last, bounded by weight, as clients decide how large keys and values are.
 * Weights are estimates of bytes in memory.
 */
export class WeightedCache<V extends object | string | number> {
  readonly #entries: LRUCache<string, V>;

  /** @param maxWeight bytes that all entries may weigh */
  constructor(maxWeight: number) {
    this.#entries = new LRUCache({ maxSize: maxWeight, maxEntrySize: Math.floor(maxWeight * LARGEST_SHARE) });
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** The weight of all entries, in bytes. */
  get weight(): number {
    return this.#entries.calculatedSize;
  }

  /** The entry of a key, which now counts as used last. */
  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  /**
   * Adds or replaces an entry, and drops the least recently used ones until the rest fits. An entry that is too heavy by itself is not kept.
   * @param weight bytes of the value; the key's are added here
   * @returns the value
   */
  set(key: string, value: V, weight: number): V {
    this.#entries.delete(key); // a value that is replaced by itself would keep its old weight
    this.#entries.set(key, value, { size: ENTRY_WEIGHT + 2 * key.length + Math.ceil(weight) });
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
