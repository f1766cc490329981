import { AppError } from '../../lib/app-error.ts';

const SHOWN = 80;

/** The members that an object may have, looked up exactly first, else without regard to case (as OData 4.01 allows). */
export class MemberTable<T> {
  readonly #owner: string;
  readonly #exact: ReadonlyMap<string, T>;
  readonly #folded: ReadonlyMap<string, T>;

  /**
   * @param owner what has these members, for messages: a type's or operation's name
   * @param members name → whatever the reader needs
   */
  constructor(owner: string, members: readonly (readonly [string, T])[]) {
    this.#owner = owner;
    this.#exact = new Map(members);
    this.#folded = new Map(members.map(([name, member]) => [name.toLowerCase(), member]));
  }

  find(name: string): T | undefined {
    return this.#exact.get(name) ?? this.#folded.get(name.toLowerCase());
  }

  /** The error for a name that is no member. @param path where the object stands, `''` at the top */
  unknown(name: string, path: string): AppError {
    const shown = name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name;
    const nearest = nearestName(name, this.#exact.keys());
    const hint = nearest === undefined ? '' : ` The nearest name is '${nearest}'.`;
    return new AppError('unknownProperty', `'${shown}' is not a property of ${this.#owner}.${hint}`, { target: join(path, shown) });
  }
}

/** The path of a member inside a body, as error targets show it: `target/groupId`. */
export const join = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);

/** Control information (`@…`, `x@…`) and advertised operations (`#…`), which no declared name looks like. */
export const isAnnotation = (name: string): boolean => name.includes('@') || name.startsWith('#');

/** The error for a member sent twice, once in another case. */
export const sentTwice = (target: string): AppError =>
  new AppError('duplicateProperty', `Property '${target}' is sent twice in different case. Send it once.`, { target });

const LONGEST = 64;

/** Edits (insert, remove, replace) that turn `a` into `b`. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    previous = row;
  }
  return previous[b.length]!;
}

/**
 * The known name that a client most likely meant, without regard to case.
 * @returns undefined when there are no names, or when `name` is too long to be one
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}
