import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import type { Appender, Key, Reader, Writer } from '../store/contract.ts';
import type { Origin } from './roles/caller.ts';
import type { Vault } from './secrets/vault.ts';

/**
 * The rules of the product: what a write means beyond the row it names. They run inside the store's transaction.
 * `domain` may import the store contract, `model`, `query`, `edm` and `lib`. Start with `rules.ts`, which says which rule serves
 * which entity type; the heart is `accounting.ts`.
 */

/** One write in progress: the transaction, its time and a source of ids. */
export interface Change<W extends Appender = Writer> {
  readonly writer: W;
  /** When the write happens, as a DateTimeOffset. */
  readonly now: string;
  /** A new time-ordered UUID. */
  readonly newId: () => string;
  readonly origin: Origin;
  /** Seals and opens secret properties. */
  readonly vault: Vault;
  /** The scope tags that limit the caller; absent for one who is not limited. */
  readonly scopeTags?: readonly string[];
  /** Ids of scope tags that do not exist are kept, and limit nobody: examples of the documentation have some. */
  readonly keepsUnknownTags?: boolean;
}

/** The row with these column values, or undefined. */
export async function findOne(reader: Reader, from: EntityType, scope: Key): Promise<Row | undefined> {
  const [row] = await reader.select({ from, scope, orderBy: [], limit: 1 });
  return row;
}

/** The storage key of a row. */
export const keyOf = (type: EntityType, row: Row): Key => Object.fromEntries(type.storage!.key.map((name) => [name, row[name]!]));
