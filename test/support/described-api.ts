import { expect } from 'vitest';
import { openApiText } from '../../src/server/routes/describe-api.ts';
import { type InProcessApi, type RequestOptions, startInProcessApi, type TestAnswer } from './in-process-api.ts';
import { OpenApiDocument } from './openapi-document.ts';

/**
 * Stands between tests and Muster, as a validating proxy would: each request that is accepted and each answer must be as the OpenAPI
 * document describes them.
 */

/** The same as `startInProcessApi`, watched. */
export async function startDescribedApi(options: Parameters<typeof startInProcessApi>[0] = {}): Promise<InProcessApi> {
  const api = await startInProcessApi(options);
  return {
    ...api,
    async request(method, path, request = {}) {
      const answer = await api.request(method, path, request);
      const profile = /muster\.profile=(\w+)/.exec(request.headers?.prefer ?? '')?.[1] ?? options.profile ?? 'docs';
      expect(differences({ method, path, request, answer, profile }), `${method} ${path}`).toEqual([]);
      return answer;
    },
  };
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: RequestOptions;
  readonly answer: TestAnswer;
  readonly profile: string;
}

const documents = new Map<string, OpenApiDocument>();

function documentOf(version: string, profile: string): OpenApiDocument {
  const key = `${version} ${profile}`;
  const known = documents.get(key);
  if (known !== undefined) return known;
  const text = openApiText(version, { profile: profile as 'docs' | 'service', scopeNames: 'both', issuer: undefined });
  const made = new OpenApiDocument(JSON.parse(text));
  documents.set(key, made);
  return made;
}

/**
 * Other spellings of what is described, which the document tells in words: keys in parentheses, types and operations by their
 * qualified names, tenants before the path, empty segments, bare values. And paths over a second reference, which have shorter ones.
 */
const OTHER_SPELLINGS = [
  /\/\w+\('?[^/]*'?\)/,
  /\/(?:microsoft\.)?graph\./i,
  /^\/(myorganization|[0-9a-f-]{36})\//i,
  /\/\//,
  /%24/,
  /\/\$value$/,
  /^\/?$/,
  /^\/\$metadata/,
  /^\/openapi\.json$/,
];

const REFERENCES = /\/(managedDevice|managedDevices|users|detectedApps|members|memberOf|owners)\/[^/]+\/\w+\/[^/]+\/\w+/;

/** How an exchange differs from what is described. */
export function differences({ method, path, request, answer, profile }: Exchange): readonly string[] {
  const [, version, resource] = /^\/(beta|v1\.0)(\/[^?]*)?/i.exec(path.startsWith('/') ? path : `/beta/${path}`) ?? [];
  if (version === undefined || method === 'OPTIONS') return [];
  const document = documentOf(version.toLowerCase(), profile);
  const operation = document.find(method === 'HEAD' ? 'GET' : method, resource ?? '/');
  if (operation === undefined) return isDescribedOtherwise(resource ?? '/', answer) ? [] : [`${answer.status}, but not described`];
  return [
    ...requestMisfits(document, operation.requestSchema, { request, answer }),
    ...answerMisfits(document, operation.responses, { method, answer }),
  ];
}

/** What is refused need not be described. */
const isDescribedOtherwise = (resource: string, { status }: TestAnswer): boolean =>
  status >= 400 || OTHER_SPELLINGS.some((spelling) => spelling.test(resource)) || REFERENCES.test(resource);

function requestMisfits(
  document: OpenApiDocument,
  schema: object | undefined,
  { request, answer }: Pick<Exchange, 'request' | 'answer'>,
): readonly string[] {
  if (answer.status >= 300 || request.body === undefined) return [];
  if (schema === undefined) return ['takes a body that is not described'];
  const { body } = request;
  const sent =
    typeof body === 'string' || body instanceof Uint8Array ? JSON.parse(Buffer.from(body).toString()) : JSON.parse(JSON.stringify(body));
  return document.misfits(schema, sent).map((misfit) => `request: ${misfit}`);
}

function answerMisfits(
  document: OpenApiDocument,
  responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>,
  { method, answer }: Pick<Exchange, 'method' | 'answer'>,
): readonly string[] {
  const response = responses[answer.status];
  if (response === undefined) return [`answers ${answer.status}, which is not described`];
  if (method === 'HEAD' || answer.text === '') return [];
  const type = answer.headers['content-type']!;
  // These say less, or say it otherwise, because the client asked for it.
  if (/metadata=none|IEEE754Compatible=true/i.test(type)) return [];
  const content = response.content?.[type.split(';')[0]!];
  if (content === undefined) return [`answers ${type}, which is not described`];
  return type.startsWith('application/json') ? document.misfits(content.schema, answer.body).map((misfit) => `answer: ${misfit}`) : [];
}
