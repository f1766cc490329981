import { AppError } from '../../lib/app-error.ts';
import { ENCODED_SEMICOLON } from '../url/parse-search.ts';
import { percentDecode } from '../url/scanner.ts';

/** One query option, decoded. */
export interface RawOption {
  readonly name: string;
  /** Undefined when there is no `=`. */
  readonly value: string | undefined;
}

const NESTED_SEARCH = /(?:\$|%24)search(?:=|%3D)[^;)]*/gi;
/** Clients that encode a whole `$expand` encode the semicolons between its options, too. */
const SEMICOLON_IN_WORD = /%3B(?!\$|%24|[a-z]+(?:=|%3D))/gi;

/** The value of an option that is, or may hold, a search: one sent encoded stays told from one as it is. */
function markSemicolons(name: string, value: string): string {
  if (!/%3B/i.test(value)) return value;
  if (/^\$?search$/i.test(name)) return value.replaceAll(/%3B/gi, ENCODED_SEMICOLON);
  if (!/^\$?(?:expand|select)$/i.test(name)) return value;
  return value.replaceAll(NESTED_SEARCH, (search) => search.replaceAll(SEMICOLON_IN_WORD, ENCODED_SEMICOLON));
}

/** Decodes a value. A `+` is a space, as in Graph, whatever else is encoded; a plus is `%2B`. */
const decodeValue = (value: string): string => percentDecode(value.replaceAll('+', '%20'), 'invalidQueryOption');

/** Options whose value is opaque: a `+` in it is never a space. */
const isOpaque = (name: string): boolean => /^\$?(?:skiptoken|deltatoken|format)$/i.test(name);

/**
 * Splits the query part of a URL at `&` and the first `=` of each piece, then percent-decodes names and values (URL Conventions
 * §2; names arrive encoded from some clients: `%24top=1`). Empty pieces are left out.
 * @param query without the leading `?`
 * @throws invalidQueryOption for malformed encoding, for a `#`, and for an empty name
 */
export function splitQuery(query: string): readonly RawOption[] {
  if (query.includes('#')) throw new AppError('invalidQueryOption', "The query holds a '#'. Percent-encode it as %23.");
  return query
    .split('&')
    .filter((piece) => piece !== '')
    .map((piece) => {
      const equals = piece.indexOf('=');
      const name = percentDecode(equals < 0 ? piece : piece.slice(0, equals), 'invalidQueryOption');
      if (name === '') throw new AppError('invalidQueryOption', `The query option '${piece.slice(0, 80)}' has no name. Add one.`);
      const raw = equals < 0 ? undefined : piece.slice(equals + 1);
      return {
        name,
        value:
          raw === undefined || isOpaque(name) ? raw && percentDecode(raw, 'invalidQueryOption') : decodeValue(markSemicolons(name, raw)),
      };
    });
}
