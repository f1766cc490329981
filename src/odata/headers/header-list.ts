/**
 * Request headers that OData gives a meaning to: `parse-prefer.ts`, `negotiate-format.ts`, `etag.ts` and `odata-version.ts`, all
 * pure functions of a header's value. May import `lib`. This file holds the list syntax that they share (RFC 9110 §5.6).
 */

import { AppError } from '../../lib/app-error.ts';

/** One parameter of a list item. */
export interface HeaderParameter {
  /** In lower case. */
  readonly name: string;
  /** Without quotes; empty when there is no `=`. */
  readonly value: string;
}

/** One item of a list: `name=value;parameter=value`. */
export interface HeaderItem extends HeaderParameter {
  readonly parameters: readonly HeaderParameter[];
}

/** The weight of an item: its parameter `q`, or 1 (RFC 9110 §12.4.2). @throws invalidHeader */
export function qualityOf(header: string, { name, parameters }: HeaderItem): number {
  const text = parameters.find((parameter) => parameter.name === 'q')?.value ?? '1';
  if (/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text)) return Number(text);
  throw malformed(header, `near '${name.slice(0, 80)}'`);
}

/** The error for a header that cannot be read. */
export const malformed = (header: string, where: string): AppError =>
  new AppError('invalidHeader', `The header ${header} is malformed ${where}. Correct it.`, { target: header });

const PART = /[ \t]*([!#$%&'*+.^_`|~\w/-]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;=]*))[ \t]*)?/y;
const SEPARATOR = /[ \t]*([,;])?[ \t]*/y;

/**
 * Reads a comma-separated list of items with parameters: `a;b=c, d="e,f"`. Empty items are left out, as RFC 9110 §5.6.1 asks.
 * @param header the header's name, for messages
 * @throws invalidHeader
 */
export function parseHeaderList(header: string, value: string): readonly HeaderItem[] {
  const items: (HeaderItem & { parameters: HeaderParameter[] })[] = [];
  let separator = ',';
  for (let position = 0; position < value.length; ) {
    PART.lastIndex = position;
    const part = PART.exec(value);
    if (part !== null) {
      const parameter = { name: part[1]!.toLowerCase(), value: part[2]?.replaceAll(/\\(.)/g, '$1') ?? part[3] ?? '' };
      if (separator === ',') items.push({ ...parameter, parameters: [] });
      else items.at(-1)!.parameters.push(parameter);
      position = PART.lastIndex;
    }
    SEPARATOR.lastIndex = position;
    const next = SEPARATOR.exec(value)![1];
    position = SEPARATOR.lastIndex;
    const misplaced = next === ';' && part === null && separator === ',';
    if (misplaced || (next === undefined && position < value.length)) {
      throw malformed(header, `at position ${position}`);
    }
    separator = next ?? separator;
  }
  return items;
}
