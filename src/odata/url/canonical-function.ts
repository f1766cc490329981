/** Least and most arguments of each canonical function (URL Conventions §5.1.1.5–§5.1.1.12). `cast` and `isof` end with a type name. */
const ARITY: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['concat', [2, 2]],
  ['contains', [2, 2]],
  ['endswith', [2, 2]],
  ['indexof', [2, 2]],
  ['length', [1, 1]],
  ['startswith', [2, 2]],
  ['substring', [2, 3]],
  ['tolower', [1, 1]],
  ['toupper', [1, 1]],
  ['trim', [1, 1]],
  ['matchespattern', [2, 2]],
  ['hassubset', [2, 2]],
  ['hassubsequence', [2, 2]],
  ['date', [1, 1]],
  ['day', [1, 1]],
  ['fractionalseconds', [1, 1]],
  ['hour', [1, 1]],
  ['maxdatetime', [0, 0]],
  ['mindatetime', [0, 0]],
  ['minute', [1, 1]],
  ['month', [1, 1]],
  ['now', [0, 0]],
  ['second', [1, 1]],
  ['time', [1, 1]],
  ['totaloffsetminutes', [1, 1]],
  ['totalseconds', [1, 1]],
  ['year', [1, 1]],
  ['ceiling', [1, 1]],
  ['floor', [1, 1]],
  ['round', [1, 1]],
  ['geo.distance', [2, 2]],
  ['geo.intersects', [2, 2]],
  ['geo.length', [1, 1]],
  ['cast', [1, 2]],
  ['isof', [1, 2]],
]);

/** A canonical function: its name in lower case and how many arguments it takes. */
export interface CanonicalFunction {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

/** Finds a canonical function by name, without regard to case (4.01). */
export function canonicalFunction(name: string): CanonicalFunction | undefined {
  const lower = name.toLowerCase();
  const arity = ARITY.get(lower);
  return arity && { name: lower, least: arity[0], most: arity[1] };
}
