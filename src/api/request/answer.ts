import type { HttpHeaders, HttpResponse } from '../../lib/http.ts';
import type { JsonObject } from '../../odata/body/write-entity.ts';
import type { Call } from './context.ts';

/** Answers in the formats that requests negotiate. */

/** A JSON answer at the call's metadata level. @param content `body`: what is to be written, or JSON text */
export const jsonAnswer = (
  call: Call,
  status: number,
  content: { readonly body: JsonObject | string; readonly headers?: HttpHeaders },
): HttpResponse => ({
  status,
  headers: jsonHeaders(call, content.headers),
  body: typeof content.body === 'string' ? content.body : JSON.stringify(content.body),
});

/** The headers of a JSON answer, and others. */
export const jsonHeaders = ({ level, longNumbersAsText }: Call, others?: HttpHeaders): HttpHeaders => ({
  'content-type': `application/json;odata.metadata=${level}${longNumbersAsText ? ';IEEE754Compatible=true' : ''}`,
  ...others,
});

/** An answer of plain text. */
export const textAnswer = (body: string): HttpResponse => ({ status: 200, headers: { 'content-type': 'text/plain' }, body });

/** An answer without content. */
export const emptyAnswer = (status: number, headers: HttpHeaders = {}): HttpResponse => ({ status, headers });
