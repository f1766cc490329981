import { hash } from 'node:crypto';
import { emptyAnswer } from '../../../api/request/answer.ts';
import { isKnownState } from '../../../api/request/etag.ts';
import { versions } from '../../../api/request/service-description.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { HttpRequest, HttpResponse } from '../../../lib/http.ts';
import { entityTagText } from '../../../odata/headers/etag.ts';
import { DescribedApi, type OpenApiDocument } from './described-api.ts';
import { groupPage, indexPage, type PageContent, schemasPage, searchPage } from './index-page.ts';
import { operationPage } from './operation-page.ts';
import { MAX_SEARCH, pageFrame } from './page-frame.ts';
import { PAGES } from './page-links.ts';
import { schemaPage } from './schema-page.ts';

/**
 * The OpenAPI document as pages for people, made on the server: plain HTML that runs nothing and loads nothing. A page is made from the
 * part of the document that it shows, so that its size and time do not depend on how large the document is.
 */

const VERSIONS = [...versions.keys()];

/**
 * Makes what answers requests for the pages.
 * @param documentOf reads the OpenAPI document of a version: once, when a page of it is first asked for
 */
export function apiPages(documentOf: (version: string) => Promise<OpenApiDocument>): (request: HttpRequest) => Promise<HttpResponse> {
  const described = new Map<string, Promise<DescribedApi>>();
  const apiOf = (version: string): Promise<DescribedApi> => {
    if (!versions.has(version)) throw new AppError('notFound', `There is no version '${version}'. Versions are ${VERSIONS.join(' and ')}.`);
    const known = described.get(version);
    if (known !== undefined) return known;
    const made = documentOf(version).then((document) => new DescribedApi(version, document));
    described.set(version, made);
    made.catch(() => described.delete(version));
    return made;
  };
  return async (request) => {
    const { place, search, version } = addressOf(request.target);
    const api = await apiOf(version);
    const content = search === '' ? contentOf(api, place, request.origin) : searchPage(api, search);
    const { headers, body } = pageFrame({ ...content, version, versions: VERSIONS, search });
    const tag = { weak: true, value: hash('sha1', body, 'base64url') };
    const kept = { 'cache-control': 'no-cache', etag: entityTagText(tag) };
    if (isKnownState(request.headers, tag)) return emptyAnswer(304, kept);
    return { status: 200, headers: { ...headers, ...kept }, body };
  };
}

/** What a page's URL names. @throws notFound, invalidQueryOption */
function addressOf(target: string): { readonly version: string; readonly place: readonly string[]; readonly search: string } {
  const [path, query] = target.split('?', 2) as [string, string | undefined];
  const options = new URLSearchParams(query);
  const search = options.get('search')?.trim() ?? '';
  if (search.length > MAX_SEARCH)
    throw new AppError('invalidQueryOption', `The search is longer than ${MAX_SEARCH} characters. Shorten it.`, { target: 'search' });
  const [version = options.get('version') ?? VERSIONS[0]!, ...place] = path
    .slice(PAGES.length)
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  return { version, place, search };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw nothingHere();
  }
}

const nothingHere = (): AppError => new AppError('notFound', `There is no such page. ${PAGES} leads to all of them.`);

function contentOf(api: DescribedApi, [kind, name, ...rest]: readonly string[], origin: string): PageContent {
  if (kind === undefined) return indexPage(api);
  if (kind === 'schemas' && name === undefined) return schemasPage(api);
  if (rest.length === 0 && name !== undefined) {
    const operation = kind === 'operations' ? api.operations.get(name) : undefined;
    if (operation !== undefined) return operationPage(api, operation, origin);
    const group = kind === 'groups' ? api.groups.find((one) => one.name === name) : undefined;
    if (group !== undefined) return groupPage(api, group);
    if (kind === 'schemas' && api.schemas.has(name)) return schemaPage(api, name);
  }
  throw nothingHere();
}
