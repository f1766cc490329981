import type { EntityType } from '../edm/declare.ts';
import type { Infer } from '../edm/infer.ts';
import type { Row } from '../edm/primitive.ts';
import type { Scope } from '../query/plan.ts';
import type { Appender, Changes, Key, Reader, Writer } from '../store/contract.ts';
import type { Origin } from './roles/caller.ts';
import type { Vault } from './secrets/vault.ts';

/**
 * The rules of the product: what a write means beyond the row it names. They run inside the store's transaction.
 * `domain` may import the store contract, `model`, `query`, `edm` and `lib`. Start with `rules.ts`, which says which rule serves
 * which entity type; the heart is `accounting.ts`.
 */

/** One write in progress: the transaction, its time and a source of ids. */
export interface UnitOfWork<W extends Appender = Writer> {
  readonly writer: W;
  /** When the write happens, as a DateTimeOffset. */
  readonly now: string;
  /** A new time-ordered UUID. */
  readonly newId: () => string;
  readonly origin: Origin;
  /** Seals and opens secret properties. */
  readonly vault: Vault;
  /** The scope tags that limit the caller; absent for a caller without limits. */
  readonly scopeTags?: readonly string[];
  /** Keeps ids of scope tags that do not exist, as examples of the documentation have some. They limit nobody. */
  readonly keepsUnknownTags?: boolean;
}

/** The row with these column values, or undefined. */
export async function findOne<T extends EntityType>(reader: Reader, from: T, scope: Scope<T>): Promise<Infer<T> | undefined> {
  const [row] = await reader.select({ from, scope, orderBy: [], limit: 1 });
  return row;
}

/** The storage key of a row, of which at least the columns of the key are there. */
export function keyOf<T extends EntityType>(type: T, row: Changes<T>): Key<T>;
export function keyOf(type: EntityType, row: Row): Key {
  return Object.fromEntries(type.storage!.key.map((name) => [name, row[name]!]));
}
