import type { HttpBody, HttpHeaders, HttpResponse } from '../../lib/http.ts';
import type { JsonObject } from '../../odata/body/write-entity.ts';
import type { Preferences } from '../../odata/headers/parse-prefer.ts';
import type { Call } from './context.ts';
import { profileNamed } from './profile.ts';

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

/** Which preferences an answer followed (RFC 7240 §3; Protocol §8.2.8). */

/** Whether a write answers without content. A client that also selects or expands wants the content (Protocol §11.4.2). */
export const prefersNoContent = ({ preferences, options }: Call): boolean =>
  preferences.return === 'minimal' && options.select === undefined && options.expand === undefined;

/** Whether the client wants to see what it has written, also where an answer usually has no content. */
export const asksForContent = ({ preferences, options }: Call): boolean =>
  preferences.return === 'representation' || options.select !== undefined || options.expand !== undefined;

/** The header of a write that answers with content. */
export const contentApplied = ({ preferences }: Call): HttpHeaders =>
  preferences.return === 'representation' ? { 'preference-applied': 'return=representation' } : {};

/** The header of a write that answers without. */
export const NO_CONTENT_APPLIED: HttpHeaders = { 'preference-applied': 'return=minimal' };

/** Adds the preferences that shape every content to those that the answer's operation followed. */
export function withSharedApplied(
  { profile, includeUnknownEnumMembers }: Preferences,
  answer: HttpResponse<HttpBody>,
): HttpResponse<HttpBody> {
  if (profile === undefined && includeUnknownEnumMembers === undefined) return answer;
  const applied = [
    answer.headers['preference-applied'],
    includeUnknownEnumMembers === true && answer.body !== undefined ? 'include-unknown-enum-members' : undefined,
    profileNamed(profile) === undefined ? undefined : `muster.profile=${profile}`,
  ].filter((preference) => preference !== undefined);
  return applied.length === 0 ? answer : { ...answer, headers: { ...answer.headers, 'preference-applied': applied.join(', ') } };
}
