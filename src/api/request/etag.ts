import { hash } from 'node:crypto';
import type { EntityType } from '../../edm/declare.ts';
import { documentText } from '../../edm/document.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders } from '../../lib/http.ts';
import { type EntityTag, parseEntityTags, satisfiesIfMatch, satisfiesIfNoneMatch } from '../../odata/headers/etag.ts';

/** The tag of an entity's state: weak, as it does not depend on the format of the answer. */
export function entityTagOf(type: EntityType, row: Row): EntityTag {
  return { weak: true, value: hash('sha1', documentText(type, row), 'base64url') };
}

/** Refuses a request whose `If-Match` says that the client knows another state. @throws preconditionFailed */
export function checkIfMatch(headers: HttpHeaders, current: EntityTag): void {
  const header = headers['if-match'];
  if (header !== undefined && !satisfiesIfMatch(parseEntityTags('If-Match', header), current)) throw changed();
}

/** Refuses a write whose `If-Match` or `If-None-Match` says that the client knows another state. @throws preconditionFailed */
export function checkPreconditions(headers: HttpHeaders, current: EntityTag): void {
  checkIfMatch(headers, current);
  if (isKnownState(headers, current)) throw changed();
}

const changed = (): AppError =>
  new AppError('preconditionFailed', 'The entity has changed since you read it. Read it again, and repeat the request with its new ETag.');

/** Whether a read's `If-None-Match` says that the client has this state already. */
export function isKnownState(headers: HttpHeaders, current: EntityTag): boolean {
  const header = headers['if-none-match'];
  return header !== undefined && !satisfiesIfNoneMatch(parseEntityTags('If-None-Match', header), current);
}
