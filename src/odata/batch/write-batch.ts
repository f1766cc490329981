import type { HttpHeaders, HttpResponse } from '../../lib/http.ts';

/** One answer of a batch. */
export interface PartAnswer {
  readonly id: string;
  readonly response: HttpResponse;
}

/** Header names as Graph writes them, where not every word is merely capitalised: clients compare them with regard to case. */
const NAMES = new Map([
  ['etag', 'ETag'],
  ['odata-version', 'OData-Version'],
  ['www-authenticate', 'WWW-Authenticate'],
  ['request-id', 'request-id'],
  ['client-request-id', 'client-request-id'],
]);

/** The names are our own, so there are few. */
function headerName(name: string): string {
  let written = NAMES.get(name);
  if (written === undefined) {
    written = name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
    NAMES.set(name, written);
  }
  return written;
}

/** The body of a batch's answer (JSON Format §19.2). Bodies that are JSON already are taken over as they stand. */
export const writeBatch = (answers: readonly PartAnswer[]): string => `{"responses":[${answers.map(writeAnswer).join(',')}]}`;

function writeAnswer({ id, response: { status, headers, body } }: PartAnswer): string {
  const named: Record<string, string> = {};
  for (const name in headers) named[headerName(name)] = headers[name]!;
  const head = JSON.stringify({ id, status, headers: named });
  return body === undefined ? head : `${head.slice(0, -1)},"body":${bodyText(body, headers)}}`;
}

/** Text is a string; what is neither JSON nor text is base64, as Graph has it (where OData has base64url). */
function bodyText(body: string | Uint8Array, headers: HttpHeaders): string {
  const type = headers['content-type'] ?? '';
  if (/^application\/json\b/i.test(type)) return typeof body === 'string' ? body : Buffer.from(body).toString();
  return JSON.stringify(Buffer.from(body).toString(/^text\//i.test(type) ? 'utf8' : 'base64'));
}
