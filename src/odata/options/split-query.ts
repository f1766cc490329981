import { AppError } from '../../lib/app-error.ts';
import { percentDecode } from '../url/percent-decode.ts';

/** One query option, decoded. */
export interface RawOption {
  readonly name: string;
  /** Undefined when there is no `=`. */
  readonly value: string | undefined;
}

// What form encoders (HTML forms, Python's urlencode, .NET's FormUrlEncodedContent) leave as it is; anything else, such as a
// quote, a comma or a slash, tells that the value was written or encoded for a URL, where `+` is a plus (RFC 3986).
const FORM_ENCODED = /^[\w*.~!()%-]+\+[\w*.~!()%+-]*$/;

/**
 * Decodes a value. A `+` is a plus, unless the value looks form-encoded: it holds `+`, and no character (nor
 * `%20`) that a form encoder would have written otherwise. `displayName+eq+%27x%27` is then read with spaces.
 */
function decodeValue(value: string): string {
  const form = value.includes('+') && FORM_ENCODED.test(value) && !value.includes('%20');
  return percentDecode(form ? value.replaceAll('+', '%20') : value, 'invalidQueryOption');
}

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
      return { name, value: raw === undefined || isOpaque(name) ? raw && percentDecode(raw, 'invalidQueryOption') : decodeValue(raw) };
    });
}
