import { AppError, type ErrorCode } from '../../lib/app-error.ts';

/**
 * Percent-decodes one path segment or one query option's name or value, after it has been split from its neighbours
 * (URL Conventions §2). A `+` stays a `+`.
 * @param code what a malformed text is reported as
 * @throws `code` for malformed percent-encoding, invalid UTF-8, and the character U+0000, which no stored text may hold
 */
export function percentDecode(text: string, code: ErrorCode): string {
  if (!text.includes('%') && !text.includes('\0')) return text;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch (cause) {
    throw new AppError(code, `'${text.slice(0, 80)}' is not valid percent-encoded UTF-8. Encode it again.`, { cause });
  }
  if (decoded.includes('\0')) throw new AppError(code, 'The character U+0000 is not allowed in a URL. Remove it.');
  return decoded;
}
