import type { Access, Capability, Permissions } from '../edm/declare.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { textAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { create, remove, update } from './change.ts';
import { getCollection, getCount, getEntity } from './get.ts';
import { getProperty, getValue } from './get-property.ts';
import { addMemberReference, countMembers, isGroupMembers, listMembers, removeMemberReference } from './group-members.ts';
import { addListed, listListed, removeListed } from './list-references.ts';
import { act, callFunction } from './operate.ts';
import { isListed } from './references.ts';
import { repeatable } from './repeatable.ts';
import { lastStep, type Resource } from './resource.ts';

/** Which method of which kind of resource does what, and who may: one row each. */

/** One thing that can be done. */
export interface Operation {
  /** A bounded name for metrics. */
  readonly name: string;
  readonly method: string;
  readonly permissions: (access: Access, resource: Resource) => Permissions | undefined;
  readonly run: (call: Call, resource: Resource) => Promise<HttpResponse>;
}

interface Row extends Operation {
  readonly kind: Resource['kind'];
  /** What the last step must be capable of; operations are declared and need none. */
  readonly needs?: Capability;
  /** Only where this holds. */
  readonly when?: (resource: Resource) => boolean;
}

const read = (access: Access): Permissions | undefined => access.read;
const named = (access: Access, { operation }: Resource): Permissions | undefined => access.operations?.[operation!.name];

const OPERATIONS: readonly Row[] = [
  { kind: 'collection', method: 'GET', name: 'listMembers', needs: 'list', when: isGroupMembers, permissions: read, run: listMembers },
  { kind: 'collection', method: 'GET', name: 'list', needs: 'list', permissions: read, run: getCollection },
  { kind: 'collection', method: 'POST', name: 'create', needs: 'create', permissions: (a) => a.create ?? a.write, run: create },
  { kind: 'entity', method: 'GET', name: 'get', needs: 'get', permissions: read, run: getEntity },
  { kind: 'entity', method: 'PATCH', name: 'update', needs: 'update', permissions: (a) => a.update ?? a.write, run: update },
  {
    kind: 'entity',
    method: 'DELETE',
    name: 'deleteListed',
    needs: 'delete',
    when: isListed,
    permissions: (a) => a.delete ?? a.write,
    run: removeListed,
  },
  { kind: 'entity', method: 'DELETE', name: 'delete', needs: 'delete', permissions: (a) => a.delete ?? a.write, run: remove },
  {
    kind: 'count',
    method: 'GET',
    name: 'countMembers',
    needs: 'list',
    when: isGroupMembers,
    permissions: read,
    run: async (call, resource) => textAnswer(String(await countMembers(call, resource))),
  },
  { kind: 'count', method: 'GET', name: 'count', needs: 'list', permissions: read, run: getCount },
  { kind: 'property', method: 'GET', name: 'property', needs: 'get', permissions: read, run: getProperty },
  { kind: 'value', method: 'GET', name: 'value', needs: 'get', permissions: read, run: getValue },
  { kind: 'action', method: 'POST', name: 'action', permissions: (a, r) => named(a, r) ?? a.write, run: act },
  { kind: 'function', method: 'GET', name: 'function', permissions: (a, r) => named(a, r) ?? a.read, run: callFunction },
  { kind: 'references', method: 'GET', name: 'listListed', needs: 'reference', when: isListed, permissions: read, run: listListed },
  {
    kind: 'references',
    method: 'POST',
    name: 'addListed',
    needs: 'reference',
    when: isListed,
    permissions: (a) => a.write,
    run: addListed,
  },
  {
    kind: 'reference',
    method: 'DELETE',
    name: 'removeListed',
    needs: 'reference',
    when: isListed,
    permissions: (a) => a.write,
    run: removeListed,
  },
  { kind: 'references', method: 'GET', name: 'listReferences', needs: 'reference', permissions: read, run: listMembers },
  { kind: 'references', method: 'POST', name: 'addReference', needs: 'reference', permissions: (a) => a.write, run: addMemberReference },
  {
    kind: 'reference',
    method: 'DELETE',
    name: 'removeReference',
    needs: 'reference',
    permissions: (a) => a.write,
    run: removeMemberReference,
  },
];

/** Every write may be repeated safely. */
const operations = OPERATIONS.map((row) => (row.method === 'GET' ? row : { ...row, run: repeatable(row.run) }));

/** The rows that apply to a resource. @throws unknownSegment where there is none */
function operationsOn(resource: Resource): readonly Operation[] {
  const { capabilities } = lastStep(resource).source;
  const possible = operations.filter(
    ({ kind, needs, when }) =>
      kind === resource.kind && (needs === undefined || capabilities.includes(needs)) && (when?.(resource) ?? true),
  );
  if (possible.length > 0) return possible;
  throw new AppError('unknownSegment', `Nothing can be asked of this path. Address '${lastStep(resource).name}' in another way.`);
}

/** The header that names what can be done here (RFC 9110 §10.2.1). @throws unknownSegment */
export function allowOf(resource: Resource): { readonly allow: string } {
  const methods = operationsOn(resource).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return { allow: [...new Set(methods), 'OPTIONS'].join(', ') };
}

/** Finds what a method does here. @throws methodNotAllowed naming the methods that would do, unknownSegment where none would */
export function operationOn(resource: Resource, method: string): Operation {
  const found = operationsOn(resource).find((operation) => operation.method === (method === 'HEAD' ? 'GET' : method));
  if (found !== undefined) return found;
  const headers = allowOf(resource);
  throw new AppError('methodNotAllowed', `${method.slice(0, 20)} is not possible here. Use one of: ${headers.allow}.`, { headers });
}
