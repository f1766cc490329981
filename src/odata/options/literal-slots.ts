import { hasPrimitiveForm } from '../url/primitive-form.ts';

/**
 * Takes the literals out of a query, as a prepared statement does: queries that differ only in these literals share one template, and
 * so one plan (`api/request/request-plan.ts`). Only texts in quotes and points in time in `$filter` count, and the value of `$skiptoken`.
 */

/** A query with slots in place of literals. */
export interface QueryTemplate {
  /** The query, percent-encoded as sent, each literal replaced by a slot that `parseLiteral` reads. */
  readonly template: string;
  /** The literals, decoded; the number in a slot counts through them. */
  readonly literals: readonly string[];
  /** What stood behind `$skiptoken=`, where the template has a placeholder for it. */
  readonly skipToken?: string;
}

/** Starts a slot (`parse-literal.ts`). No query can hold one: {@link takeLiterals} leaves queries with control characters alone. */
const SLOT = '\u0001';

// A quoted text without quotes in it, and without characters that separate options once they are decoded. A plus may be a space.
const QUOTED = "'(?:[^'%+&#]|%(?!0|1|2[367b]|7f)[0-9a-f]{2})*'";
const TIME = '-?\\d{4,}-\\d\\d-\\d\\dT\\d\\d(?::|%3a)\\d\\d(?:(?::|%3a)\\d\\d(?:\\.\\d{1,12})?)?(?:Z|(?:-|%2b)\\d\\d(?::|%3a)\\d\\d)';
const LITERAL = new RegExp(`${QUOTED}|${TIME}`, 'gi');
const FILTER = /^(?:\$|%24)?filter=/i;
const SKIP_TOKEN = /^((?:\$|%24)?skiptoken=)([\w-]+)$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: slots are told by one
const CONTROL = /[\0-\x1f]|%[01]/;

/** Replaces the literals of a query by slots. @param query as sent, without the `?` */
export function takeLiterals(query: string): QueryTemplate {
  if (!query.includes('=') || CONTROL.test(query)) return { template: query, literals: [] };
  const literals: string[] = [];
  let skipToken: string | undefined;
  const options = query.split('&').map((option) => {
    if (FILTER.test(option)) return option.replace(LITERAL, take);
    const token = skipToken === undefined ? SKIP_TOKEN.exec(option) : null;
    if (token === null) return option;
    skipToken = token[2]!;
    return `${token[1]}${SLOT}`;
  });
  return { template: options.join('&'), literals, ...(skipToken === undefined ? {} : { skipToken }) };

  function take(written: string): string {
    const text = written.startsWith("'") ? decoded(written.slice(1, -1)) : timeOf(written);
    if (text === undefined) return written;
    return `${SLOT}${written.startsWith("'") ? 's' : 'd'}${literals.push(text) - 1};`;
  }
}

/** The point in time that is written; undefined where it has not the form of one. */
function timeOf(written: string): string | undefined {
  const text = decoded(written);
  return text !== undefined && hasPrimitiveForm('Edm.DateTimeOffset', text) ? text : undefined;
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // the parser says what is wrong with it
  }
}
