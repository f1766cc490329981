import { AppError } from '../../lib/app-error.ts';

/** An entity tag (RFC 9110 §8.8.3). */
export interface EntityTag {
  readonly weak: boolean;
  /** What stands between the quotes. */
  readonly value: string;
}

/** The value of `If-Match` or `If-None-Match`: any existing representation, or one of these. */
export type EntityTagCondition = '*' | readonly EntityTag[];

const TAG = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\u{10ffff}]*)")?[ \t]*(,|$)/uy;

/** The text of an entity tag, as in the header `ETag`. */
export const entityTagText = ({ weak, value }: EntityTag): string => `${weak ? 'W/' : ''}"${value}"`;

/**
 * Reads `If-Match` or `If-None-Match`.
 * @param header the header's name, for messages
 * @throws invalidHeader
 */
export function parseEntityTags(header: string, value: string): EntityTagCondition {
  if (value.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  for (let position = 0; position < value.length; position = TAG.lastIndex) {
    TAG.lastIndex = position;
    const match = TAG.exec(value);
    if (match === null) break;
    if (match[2] !== undefined) tags.push(Object.freeze({ weak: match[1] !== undefined, value: match[2] }));
    if (match[3] === '' && tags.length > 0) return Object.freeze(tags);
  }
  // a trailing comma ends the loop behind the last tag
  if (tags.length > 0 && TAG.lastIndex === value.length) return Object.freeze(tags);
  throw new AppError('invalidHeader', `The header ${header} is malformed. Send * or entity tags in double quotes.`, { target: header });
}

/** Whether two tags name the same bytes (RFC 9110 §8.8.3.2). */
export const strongEqual = (a: EntityTag, b: EntityTag): boolean => !a.weak && !b.weak && a.value === b.value;

/** Whether two tags name the same state. */
export const weakEqual = (a: EntityTag, b: EntityTag): boolean => a.value === b.value;

const includes = (condition: EntityTagCondition, current: EntityTag | undefined): boolean =>
  current !== undefined && (condition === '*' || condition.some((tag) => weakEqual(tag, current)));

/**
 * Whether `If-Match` lets a request go on. OData tags name the state of an entity and not the bytes of one of its formats, so
 * that weak tags count (Protocol §8.2.4).
 * @param current the tag of what exists, undefined when nothing does
 */
export const satisfiesIfMatch = (condition: EntityTagCondition, current: EntityTag | undefined): boolean => includes(condition, current);

/** Whether `If-None-Match` lets a request go on (Protocol §8.2.5). @param current as for {@link satisfiesIfMatch} */
export const satisfiesIfNoneMatch = (condition: EntityTagCondition, current: EntityTag | undefined): boolean =>
  !includes(condition, current);
