import { AppError } from '../../lib/app-error.ts';
import { nearestName } from './nearest-name.ts';

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
