import { callerAsUser, defaultTag, hasDefaultTag, tenantRow } from '../../domain/roles/tenant-rows.ts';
import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import { AppError } from '../../lib/app-error.ts';
import { changeOf, concernsRoles } from './as-caller.ts';
import type { Call } from './context.ts';
import { lastStep, type Resource } from './resource.ts';

/**
 * What a tenant has from its first day is made when it is first asked for: its own rows, its Default scope tag, and whoever is signed in.
 */

type Caller = Pick<Call, 'dependencies' | 'principal' | 'request' | 'model' | 'profile'>;

/** A transaction of its own, before that of the request. */
const write = <T>(call: Caller, work: (change: UnitOfWork) => Promise<T>): Promise<T> =>
  call.dependencies.store.write(call.principal.tenantId, (writer) => work(changeOf(call, writer)));

const isOwn = ({ steps }: Resource): boolean => steps[0]!.name === 'me';

const isPerTenant = (resource: Resource): boolean => lastStep(resource).type.storage?.perTenant === true;

/** Whether {@link provisioned} has anything to do for a resource. */
export const needsProvision = (resource: Resource): boolean => isOwn(resource) || isPerTenant(resource) || concernsRoles(resource);

/** The resource that a path stands for once its caller is known: `me` is one of `users`. @throws invalidRequest */
export async function provisioned(call: Caller, resource: Resource): Promise<Resource> {
  const found = isOwn(resource) ? await ownResource(call, resource) : resource;
  if (isPerTenant(found)) {
    const { type } = lastStep(found);
    const { tenantId } = call.principal;
    const known = await call.dependencies.store.read(tenantId, (reader) => reader.count({ from: type, scope: {} }));
    if (known === 0) await write(call, (change) => tenantRow(change, type, tenantId));
  }
  if (concernsRoles(found)) {
    const known = await call.dependencies.store.read(call.principal.tenantId, hasDefaultTag);
    if (!known) await write(call, defaultTag);
  }
  return found;
}

async function ownResource(call: Caller, { steps: [me, ...below], ...resource }: Resource): Promise<Resource> {
  const { principal, dependencies } = call;
  if (principal.kind === 'application') {
    throw new AppError(
      'invalidRequest',
      "'/me' is the signed-in user, and this token is an application's own. Use a delegated token, or name the user: /users/{id}.",
    );
  }
  const known = await dependencies.store.read(principal.tenantId, (reader) => callerAsUser(reader, principal));
  const user = known ?? (await write(call, (change) => callerAsUser(change.writer, principal, change)));
  const users = call.model.findRoot('users')!;
  const step = { ...me!, name: users.name, source: users, collection: true, key: user!.id as string };
  return { ...resource, steps: [step, ...below] };
}
