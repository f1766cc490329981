import type { Value } from '../../edm/primitive.ts';
import type { ValueWriter } from './write-value.ts';

/** What of a property is selected: all of it, or these paths inside its complex value. */
export type Selected = 'whole' | readonly string[];

/** Selected paths by the property that they start with. */
export function selectedParts(select: readonly string[]): ReadonlyMap<string, Selected> {
  const parts = new Map<string, string[]>();
  for (const path of select) {
    const [name, ...rest] = path.split('/') as [string, ...string[]];
    const inside = parts.get(name) ?? [];
    if (rest.length > 0) inside.push(rest.join('/'));
    parts.set(name, inside);
  }
  return new Map([...parts].map(([name, inside]) => [name, inside.length === 0 ? 'whole' : inside]));
}

/** Writes only the selected parts of what another writer writes. Casts only say which type a part belongs to. */
export function partsWriter(write: ValueWriter | undefined, paths: readonly string[]): ValueWriter {
  const parts = selectedParts(paths.map((path) => path.replaceAll(/[^/]*\.[^/]*\//g, '')));
  const prune = (value: Value, of: ReadonlyMap<string, Selected>): Value => {
    if (Array.isArray(value)) return value.map((item) => prune(item as Value, of));
    if (value === null || typeof value !== 'object') return value;
    const kept = Object.entries(value as Readonly<Record<string, Value>>).flatMap(([key, member]): [string, Value][] => {
      const selected = key.startsWith('@') ? 'whole' : of.get(key.split('@')[0]!);
      if (selected === undefined) return [];
      return [[key, selected === 'whole' || key.includes('@') ? member : prune(member, selectedParts(selected))]];
    });
    return Object.fromEntries(kept);
  };
  return (value) => prune(write === undefined ? value : write(value), parts);
}
