import type { EnumType } from './declare.ts';
import type { Property } from './link.ts';
import type { Value } from './primitive.ts';

const NONE: readonly Value[] = Object.freeze([]);

/** The member with number 0, else the first. */
const firstMember = ({ members }: EnumType): Value => {
  const names = Object.keys(members);
  return names.find((name) => members[name] === 0) ?? names[0]!;
};

/**
 * What a property holds when nobody set it: its declared default, else an empty collection, null, 0, false, `PT0S` or an
 * enumeration's member 0.
 * @returns undefined where there is no such value: texts, dates, binaries and complex values that cannot be null
 */
export function defaultValue({ default: declared, type, nullable, collection }: Property): Value | undefined {
  if (declared !== undefined) return declared;
  if (collection) return NONE;
  if (nullable) return null;
  if (typeof type === 'object') return type.kind === 'enum' ? firstMember(type) : undefined;
  switch (type) {
    case 'Edm.Int32':
    case 'Edm.Int64':
    case 'Edm.Decimal':
    case 'Edm.Double':
      return 0;
    case 'Edm.Boolean':
      return false;
    case 'Edm.Duration':
      return 'PT0S';
    default:
      return undefined;
  }
}
