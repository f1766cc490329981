import { authorize } from '../../auth/authorize.ts';
import type { Principal } from '../../auth/principal.ts';
import { domainStore } from '../../domain/reading/domain-store.ts';
import { UnlimitedTenants } from '../../domain/roles/caller-scope.ts';
import type { Model } from '../../edm/link.ts';
import { AppError } from '../../lib/app-error.ts';
import { type HttpBody, type HttpRequest, type HttpResponse, type RequestFacts, whole } from '../../lib/http.ts';
import { OneByOne } from '../../lib/one-by-one.ts';
import { checkConsistency, negotiateVersion, type ODataVersion } from '../../odata/headers/odata-version.ts';
import { parsePrefer } from '../../odata/headers/parse-prefer.ts';
import type { QueryOptions } from '../../odata/options/query-options.ts';
import { answerBatch, BATCH_ALLOW, isBatchPath } from '../batch/batch.ts';
import { allowOf, type Operation } from '../operations/table.ts';
import { PAGE_BYTES, reservedBytes } from '../read/read-rows.ts';
import { emptyAnswer, withSharedApplied } from './answer.ts';
import { seesEverything } from './as-caller.ts';
import type { ApiDependencies, ApiParts, Call } from './context.ts';
import { errorResponse } from './error-response.ts';
import { otherCollection } from './other-collections.ts';
import { type Profile, profileNamed, profileValue } from './profile.ts';
import { provisioned } from './provision.ts';
import { filled, type PlannedRequest, type RequestLine, RequestPlans } from './request-plan.ts';
import { resourceAt } from './resolve.ts';
import { type Resource, readTenantPath, type TenantPath } from './resource.ts';
import { serviceDescription, versions } from './service-description.ts';
import { type Counted, limitGroupOf } from './throttle.ts';

/**
 * One request from start to end: authenticate → resolve → authorize → plan → run → write. `api` may import `domain`, `auth`,
 * `odata`, the store contract, `model`, `query`, `edm` and `lib`. `operations/table.ts` says what each method does; errors are thrown
 * upward from everywhere and caught here, once.
 */

/** What the API answers requests with. */
export type Api = (request: HttpRequest) => Promise<HttpResponse<HttpBody>>;

/** The request line in parts: version, path behind it, query. @throws unknownSegment */
interface Target extends TenantPath {
  readonly version: string;
  readonly model: Model;
  readonly query: string;
}

const TARGET = /^\/([^/?]+)(\/[^?]*)?(?:\?(.*))?$/s;

function targetOf(request: HttpRequest): Target {
  const match = TARGET.exec(request.target);
  const version = match?.[1]?.toLowerCase() ?? '';
  const found = versions.get(version);
  if (match === null || found === undefined) {
    throw new AppError('unknownSegment', "Nothing is served here. Start the path with '/beta' or '/v1.0'.");
  }
  const { path, tenant } = readTenantPath(match[2] ?? '/');
  return { version, model: found, path, query: match[3] ?? '', tenant };
}

/** Makes the API. */
export function createApi(dependencies: ApiDependencies): Api {
  const store = domainStore(dependencies.store, dependencies.clock);
  const parts = {
    ...dependencies,
    store,
    unlimited: new UnlimitedTenants(dependencies.clock),
    batchReads: new OneByOne(),
  };
  return apiOf(parts, new RequestPlans(dependencies.scopeNames));
}

/** The parts of a batch are answered by the same, so that they remember together. */
function apiOf(dependencies: ApiParts, plans: RequestPlans): Api {
  return async (request) => {
    const facts: { -readonly [K in keyof RequestFacts]: RequestFacts[K] } = {};
    let profile = dependencies.profile;
    let answer: HttpResponse<HttpBody>;
    try {
      const preferences = parsePrefer(request.headers.prefer);
      profile = profileNamed(preferences.profile) ?? profile;
      answer = await answerTo(dependencies, { request, preferences, profile, plans }, facts);
    } catch (error) {
      facts.error = error;
      answer = errorResponse(error, request, profile);
    }
    return complete(withDiagnostics(answer, profile), facts);
  };
}

/** What the content depends on besides the URL (Protocol §8.3, header Vary): without it a cache could mix up formats. */
const VARY = 'Accept, OData-MaxVersion, Prefer';

/** A machine's name that is nobody's. */
const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Muster', Slice: 'E', Ring: '1', ScaleUnit: '001', RoleInstance: 'muster' },
});

const withDiagnostics = (answer: HttpResponse<HttpBody>, profile: Profile): HttpResponse<HttpBody> =>
  profileValue(profile, 'diagnosticHeader') === 'absent'
    ? answer
    : { ...answer, headers: { ...answer.headers, 'x-ms-ags-diagnostic': DIAGNOSTIC } };

/** What every answer of the API carries; the edge adds what every answer has. */
const complete = (answer: HttpResponse<HttpBody>, facts: RequestFacts): HttpResponse<HttpBody> => ({
  ...answer,
  headers: { 'odata-version': '4.0', 'cache-control': 'private', vary: VARY, ...answer.headers },
  facts,
});

async function answerTo(
  dependencies: ApiParts,
  { request, preferences, profile, plans }: Pick<Call, 'request' | 'preferences' | 'profile'> & { readonly plans: RequestPlans },
  facts: { -readonly [K in keyof RequestFacts]: RequestFacts[K] },
): Promise<HttpResponse<HttpBody>> {
  const target = targetOf(request);
  const { headers } = request;
  const version = negotiateVersion({ version: headers['odata-version'], maxVersion: headers['odata-maxversion'] });
  const serviceRoot = `${request.origin}/${target.version}`;
  const described = serviceDescription(request, target.model, { ...target, serviceRoot, profile, dependencies });
  if (described !== undefined) return inVersion(version, described);
  if (request.method === 'OPTIONS') {
    facts.operation = 'options';
    return inVersion(version, emptyAnswer(204, isBatchPath(target.path) ? BATCH_ALLOW : allowOf(resourceAt(target.model, target))));
  }
  const principal: Principal = await dependencies.verifyToken(headers.authorization);
  facts.tenantId = principal.tenantId;
  facts.clientId = principal.clientId;
  if (target.tenant !== undefined && target.tenant !== principal.tenantId)
    throw new AppError('insufficientScope', 'The URL names another tenant than the token. Use the id of the tenant that the token is for.');
  if (isBatchPath(target.path)) {
    facts.operation = 'batch';
    const batch = await answerBatch(request, {
      ...target,
      handle: whole(apiOf(dependencies, plans)),
      origin: request.origin,
      profile,
      reads: dependencies.batchReads,
    });
    facts.parts = batch.parts;
    return inVersion(version, batch.answer);
  }
  checkConsistency(headers);
  const futureMembers = preferences.includeUnknownEnumMembers === true;
  const { method } = request;
  const planned = plannedOrOther(plans, { ...target, method, accept: headers.accept, profile, futureMembers }, () =>
    otherCollection(dependencies.otherCollections ?? 'refuse', { ...target, method, accept: headers.accept, serviceRoot }),
  );
  if ('status' in planned) return inVersion(version, planned);
  const { plan, resource } = planned;
  const { operation } = plan;
  facts.operation = operation.name;
  if (plan.isSecret) facts.secretQuery = true;
  dependencies.throttle?.admit(principal, countedAs(resource, operation));
  authorize(principal, plan.demand);
  const { model, path, query: queryString } = target;
  const asked = filled(planned);
  const isPage = isLarge(resource, asked.options);
  const call: Call = {
    dependencies,
    request,
    principal,
    model,
    path,
    queryString,
    serviceRoot,
    profile,
    preferences,
    ...asked,
    // No index serves the scope tags that limit a caller.
    isLong: asked.isLong || (isPage && !seesEverything({ principal, dependencies })),
    pageBytes: isPage ? reservedBytes(request) : PAGE_BYTES,
  };
  const found = plan.needsProvision ? await provisioned(call, resource) : resource;
  const answer = plan.concernsRoles ? await runOnRoles(call, found, operation) : await operation.run(call, found);
  return inVersion(version, withSharedApplied(preferences, answer));
}

/** The plan of a request; where its path leads to nothing, what `other` answers. */
function plannedOrOther(
  plans: RequestPlans,
  line: RequestLine,
  other: () => HttpResponse<HttpBody> | undefined,
): PlannedRequest | HttpResponse<HttpBody> {
  try {
    return plans.planOf(line);
  } catch (error) {
    const answer = error instanceof AppError && error.code === 'unknownSegment' ? other() : undefined;
    if (answer === undefined) throw error;
    return answer;
  }
}

/** What roles say is remembered, so that what may change them makes it forgotten, also when no answer comes of it. */
async function runOnRoles(call: Call, resource: Resource, operation: Operation): Promise<HttpResponse<HttpBody>> {
  try {
    return await operation.run(call, resource);
  } finally {
    if (operation.method !== 'GET') call.dependencies.unlimited.forget(call.principal.tenantId);
  }
}

/** Whether an answer may hold many rows. */
const isLarge = ({ kind }: Resource, { expand }: QueryOptions): boolean =>
  kind === 'collection' || kind === 'references' || expand !== undefined;

const countedAs = ({ steps }: Resource, { method }: Operation): Counted => ({
  group: limitGroupOf(steps.map(({ name }) => name)),
  isWrite: method !== 'GET',
});

/** The answer with the version that the client asked for; {@link complete} says 4.0 of all others. */
const inVersion = (version: ODataVersion, answer: HttpResponse<HttpBody>): HttpResponse<HttpBody> =>
  version === '4.0' ? answer : { ...answer, headers: { ...answer.headers, 'odata-version': version } };
