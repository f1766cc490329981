import type { Model } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpRequest, HttpResponse } from '../../lib/http.ts';
import { model, modelV1 } from '../../model/index.ts';
import { negotiateFormat } from '../../odata/headers/negotiate-format.ts';
import { writeCsdl } from '../../odata/metadata/write-csdl.ts';
import { writeServiceDocument } from '../../odata/metadata/write-service-document.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { openApiAnswer } from '../openapi/write-openapi.ts';
import { refuseOptions } from '../read/get.ts';
import { emptyAnswer } from './answer.ts';
import type { Call } from './context.ts';
import type { Located } from './resolve.ts';

/** `$metadata`, the OpenAPI document and the service document: the same for everybody, so that no token is asked for. */

const metadata = new WeakMap<Model, string>();

/** The CSDL of a model, written once. */
function csdlOf(model: Model): string {
  let text = metadata.get(model);
  if (text === undefined) {
    text = writeCsdl(model);
    metadata.set(model, text);
  }
  return text;
}

/** Of those below: `/openapi.json/`. */
const LONGEST_PATH = 14;

/** Answers requests about the service itself. @returns undefined for every other path */
export function serviceDescription(
  request: HttpRequest,
  model: Model,
  place: Located & Pick<Call, 'serviceRoot' | 'profile' | 'dependencies'> & { readonly version: string },
): HttpResponse | undefined {
  if (place.path.length > LONGEST_PATH) return undefined; // nearly every request: spare it the comparisons
  const path = place.path.replace(/\/$/, '').toLowerCase();
  const isMetadata = path === '/$metadata' || path === '/%24metadata';
  const isOpenApi = path === '/openapi.json' && place.dependencies.openApi !== false;
  if (path !== '' && !isMetadata && !isOpenApi) return undefined;
  if (request.method !== 'GET') {
    const headers = { allow: 'GET, HEAD, OPTIONS' };
    if (request.method === 'OPTIONS') return emptyAnswer(204, headers);
    throw new AppError('methodNotAllowed', 'This can only be read. Use GET.', { headers });
  }
  const options = parseQuery(place.query);
  refuseOptions({ options, request }, []);
  const { format } = options;
  if (isOpenApi) {
    const { version, profile, dependencies } = place;
    return openApiAnswer(request, model, { version, profile, scopeNames: dependencies.scopeNames, ...dependencies.tokenSource });
  }
  const { accept } = request.headers;
  if (isMetadata) {
    negotiateFormat({ accept: accept?.includes('xml') === true ? accept : undefined, format }, ['application/xml']);
    return { status: 200, headers: { 'content-type': 'application/xml' }, body: csdlOf(model) };
  }
  const { metadata: level } = negotiateFormat({ accept, format }, ['application/json']);
  return {
    status: 200,
    headers: { 'content-type': `application/json;odata.metadata=${level}` },
    body: JSON.stringify(writeServiceDocument(model, { serviceRoot: place.serviceRoot, level })),
  };
}

/** What is served below each first segment of a path. */
export const versions: ReadonlyMap<string, Model> = new Map([
  ['beta', model],
  ['v1.0', modelV1],
]);
