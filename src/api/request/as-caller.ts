import { answerOnce } from '../../domain/repeatable-answer.ts';
import type { Origin } from '../../domain/roles/caller.ts';
import { callerScope } from '../../domain/roles/caller-scope.ts';
import { visibleReader } from '../../domain/roles/visibility.ts';
import { recordSecretReads } from '../../domain/secrets/secret-read.ts';
import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { isUuid } from '../../lib/ids.ts';
import { deviceAndAppManagementRoleAssignment, roleDefinition } from '../../model/role.ts';
import { roleScopeTag } from '../../model/role-scope-tag.ts';
import type { Appender, Reader, Writer } from '../../store/contract.ts';
import { type Call, type CallRun, runOf } from './context.ts';
import { profileValue } from './profile.ts';
import type { Resource } from './resource.ts';

/** What the caller of a request sees: everything, or what carries the scope tags of the caller's role assignments. */

/** Whether nobody needs to ask what the caller sees. */
export const seesEverything = ({ principal, dependencies }: Pick<Call, 'principal' | 'dependencies'>): boolean =>
  principal.kind === 'application' || dependencies.unlimited.has(principal.tenantId);

/** What the caller sees of a snapshot or transaction. */
interface CallerView {
  readonly reader: Reader;
  /** The scope tags that limit the caller; absent for one who is not limited. */
  readonly scopeTags?: readonly string[];
}

/** The view of the request's caller. Applications, and users that no role assignment has as a member, see everything. */
export async function callerView(call: Call, reader: Reader): Promise<CallerView> {
  if (seesEverything(call)) return { reader };
  const { principal, dependencies } = call;
  const { unlimited } = dependencies;
  const remember = unlimited.observe(principal.tenantId);
  const scope = await callerScope(reader, principal);
  if (scope === 'nobodyIsLimited') remember();
  if (typeof scope === 'string') return { reader };
  return { reader: visibleReader(reader, scope.scopeTags), scopeTags: scope.scopeTags };
}

const ROLE_TYPES: readonly EntityType[] = [roleDefinition, deviceAndAppManagementRoleAssignment, roleScopeTag];

/** Whether a resource has to do with roles and scope tags. */
export const concernsRoles = ({ steps, operation }: Resource): boolean =>
  steps.some(({ type }) => ROLE_TYPES.includes(type)) || operation?.returns?.type === roleScopeTag;

/**
 * Runs work on one snapshot of what the caller sees. The secrets that it reads are in the audit log when this resolves.
 * @param work may run again, so all that it gathers is in its `run`
 */
export async function readAsCaller<T>(
  call: Call,
  work: (reader: Reader, run: CallRun, scopeTags?: readonly string[]) => Promise<T>,
): Promise<T> {
  const { store } = call.dependencies;
  const { tenantId } = call.principal;
  const { value, secretsRead } = await store.read(
    tenantId,
    async (reader) => {
      const run = runOf(call);
      const view = seesEverything(call) ? { reader } : await callerView(call, reader);
      return { value: await work(view.reader, run, view.scopeTags), secretsRead: run.secretsRead };
    },
    { signal: call.request.signal, isLong: call.isLong },
  );
  if (secretsRead.length > 0) await store.write(tenantId, (writer) => recordSecretReads(changeOf(call, writer), secretsRead));
  return value;
}

/** What a write is answered with: made, or to be made when nothing is left to read and nobody can refuse any more. */
export type Answer = HttpResponse | (() => HttpResponse);

/**
 * Runs work in a transaction with the time and ids that the domain stamps rows with. What it answers is sent after the commit. It is mostly
 * made inside, so that the transaction can keep it for a request that is repeated, and write down whose secrets it holds.
 * @param work may run again, so all that it gathers is in its `run`; rules write and read as they must; what a request names is looked up
 * in `seen`, which finds what the caller sees
 */
export const write = async (
  call: Call,
  work: (change: UnitOfWork, seen: Reader, run: CallRun) => Promise<Answer>,
): Promise<HttpResponse> => {
  const answer = await call.dependencies.store.write(call.principal.tenantId, async (writer: Writer): Promise<Answer> => {
    const { reader, scopeTags } = await callerView(call, writer);
    const change = scopeTags === undefined ? changeOf(call, writer) : { ...changeOf(call, writer), scopeTags };
    const run = runOf(call);
    const make = async () => ({ answer: await work(change, reader, run), disclosures: run.secretsRead });
    const keep = async () => {
      const { answer, disclosures } = await make();
      return { answer: made(answer), disclosures };
    };
    const { answer, disclosures } = await (call.repeatable === undefined ? make() : answerOnce(change, call.repeatable, keep));
    if (disclosures.length > 0) await recordSecretReads(change, disclosures);
    return answer;
  });
  return made(answer);
};

const made = (answer: Answer): HttpResponse => (typeof answer === 'function' ? answer() : answer);

type Calling = Pick<Call, 'dependencies' | 'principal' | 'request' | 'profile'>;

/** What a call's transaction hands to the domain. */
export const changeOf = <W extends Appender>(call: Calling, writer: W): UnitOfWork<W> => {
  const { clock, newId, vault } = call.dependencies;
  const keepsUnknownTags = profileValue(call.profile, 'unknownScopeTags') === 'kept';
  return { writer, now: dateTimeOffsetOf(clock.now()), newId, origin: originOf(call), vault, keepsUnknownTags };
};

/** Where what a call changes comes from. A client's own id of the request is taken where it is a UUID, as the log needs one. */
function originOf({ principal: caller, request: { headers, requestId, clientAddress } }: Calling): Origin {
  const given = headers['client-request-id'];
  const correlationId = given !== undefined && isUuid(given) ? given.toLowerCase() : requestId;
  return { caller, correlationId, ...(clientAddress ? { clientAddress } : {}) };
}
