import { hash } from 'node:crypto';
import type { Model } from '../../edm/link.ts';
import type { HttpRequest, HttpResponse } from '../../lib/http.ts';
import { type EntityTag, entityTagText } from '../../odata/headers/etag.ts';
import { emptyAnswer } from '../request/answer.ts';
import { isKnownState } from '../request/etag.ts';
import { type DocumentOptions, writeOpenApi } from './write-openapi.ts';

interface Written {
  readonly body: string;
  readonly tag: EntityTag;
}

const documents = new WeakMap<Model, Map<string, Written>>();

/** The document as text, written once for each of the few values that its options can have. */
function documentOf(model: Model, options: DocumentOptions): Written {
  const known = documents.get(model) ?? new Map<string, Written>();
  documents.set(model, known);
  const key = JSON.stringify(options);
  let written = known.get(key);
  if (written === undefined) {
    const body = JSON.stringify(writeOpenApi(model, options));
    written = { body, tag: { weak: false, value: hash('sha1', body, 'base64url') } };
    known.set(key, written);
  }
  return written;
}

/** GET of the OpenAPI document. */
export function openApiAnswer({ headers }: HttpRequest, model: Model, options: DocumentOptions): HttpResponse {
  const { body, tag } = documentOf(model, options);
  const etag = { etag: entityTagText(tag) };
  if (isKnownState(headers, tag)) return emptyAnswer(304, etag);
  return { status: 200, headers: { 'content-type': 'application/json', ...etag }, body };
}
