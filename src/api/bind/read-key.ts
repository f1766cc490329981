import type { EntityType } from '../../edm/declare.ts';
import { keyNames } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import type { EntityKey } from '../../odata/metadata/context-url.ts';
import type { KeyValue, SegmentArguments } from '../../odata/url/syntax.ts';

/** The collection that a key picks from. */
interface KeyedSet {
  readonly name: string;
  readonly type: EntityType;
}

/**
 * Reads the key in parentheses (URL Conventions §4.3): one value, or all parts by name in any order. One value, or `id` alone, is
 * enough of a compound key, as the path says the rest. An alternate key is named.
 * @throws invalidKey
 */
export function readKey(given: SegmentArguments, set: KeyedSet): EntityKey {
  if (given.kind === 'single') return keyText(given.value, set);
  const names = keyNames(set.type);
  const parts: Record<string, string> = {};
  for (const { name, value } of given.values) {
    const { alternateKey } = set.type.storage ?? {};
    if (given.values.length === 1 && alternateKey?.toLowerCase() === name.toLowerCase()) return { [alternateKey!]: keyText(value, set) };
    const declared = names.find((one) => one.toLowerCase() === name.toLowerCase());
    if (declared === undefined) throw invalidKey(set);
    parts[declared] = keyText(value, set);
  }
  const { id, ...others } = parts;
  if (id !== undefined && Object.keys(others).length === 0) return id;
  if (names.some((name) => parts[name] === undefined)) throw invalidKey(set);
  return Object.fromEntries(names.map((name) => [name, parts[name]!]));
}

/** The text of a key's value; an alias that stood for one has been put into the path before. */
function keyText(value: KeyValue, set: KeyedSet): string {
  if (value.kind === 'literal' && (value.type === 'Edm.String' || value.type === 'Edm.Guid')) return String(value.value);
  throw invalidKey(set);
}

function invalidKey({ name, type }: KeyedSet): AppError {
  const names = keyNames(type);
  const message =
    names.length === 1
      ? `The key of '${name}' is one text named 'id': write ${name}('<id>') or ${name}/<id>.`
      : `The key of '${name}' has the parts ${names.join(', ')}: write ${name}(${names.map((part) => `${part}='…'`).join()}) or ${name}/<id>.`;
  return new AppError('invalidKey', message, { target: name });
}
