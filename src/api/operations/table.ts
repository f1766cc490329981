import type { Access, Capability, Permissions } from '../../edm/declare.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpBody, HttpResponse } from '../../lib/http.ts';
import { getCollection, getCount, getEntity, getProperty, getValue } from '../read/get.ts';
import type { Call } from '../request/context.ts';
import { lastStep, type Resource } from '../request/resource.ts';
import { create, remove, update } from '../write/change.ts';
import { addReference, getReference, removeReference, setReference } from '../write/references.ts';
import { repeatable } from '../write/repeatable.ts';
import { act, callFunction } from './operate.ts';

/** Which method of which kind of resource does what, and who may: one row each. */

/** One thing that can be done. */
export interface Operation {
  /** A bounded name for metrics. */
  readonly name: string;
  readonly method: string;
  readonly permissions: (access: Access, resource: Resource) => Permissions | undefined;
  readonly run: (call: Call, resource: Resource) => Promise<HttpResponse<HttpBody>>;
}

interface Row extends Operation {
  readonly kind: Resource['kind'];
  /** What the last step must be capable of; operations are declared and need none. */
  readonly needs?: Capability;
  /** Only of navigations to what lives elsewhere. */
  readonly ofLinks?: boolean;
  /** Only of navigations to one entity. */
  readonly single?: boolean;
}

const read = (access: Access): Permissions | undefined => access.read;
const named = (access: Access, { operation }: Resource): Permissions | undefined => access.operations?.[operation!.name];

const OPERATIONS: readonly Row[] = [
  { kind: 'collection', method: 'GET', name: 'list', needs: 'list', permissions: read, run: getCollection },
  { kind: 'collection', method: 'POST', name: 'create', needs: 'create', permissions: (a) => a.create ?? a.write, run: create },
  { kind: 'entity', method: 'GET', name: 'get', needs: 'get', permissions: read, run: getEntity },
  { kind: 'entity', method: 'PATCH', name: 'update', needs: 'update', permissions: (a) => a.update ?? a.write, run: update },
  { kind: 'entity', method: 'DELETE', name: 'delete', needs: 'delete', permissions: (a) => a.delete ?? a.write, run: remove },
  { kind: 'count', method: 'GET', name: 'count', needs: 'list', permissions: read, run: getCount },
  { kind: 'property', method: 'GET', name: 'property', needs: 'get', permissions: read, run: getProperty },
  { kind: 'value', method: 'GET', name: 'value', needs: 'get', permissions: read, run: getValue },
  { kind: 'action', method: 'POST', name: 'action', permissions: (a, r) => named(a, r) ?? a.write, run: act },
  { kind: 'function', method: 'GET', name: 'function', permissions: (a, r) => named(a, r) ?? a.read, run: callFunction },
  { kind: 'references', method: 'GET', name: 'listReferences', needs: 'list', ofLinks: true, permissions: read, run: getCollection },
  { kind: 'references', method: 'POST', name: 'addReference', needs: 'reference', permissions: (a) => a.write, run: addReference },
  { kind: 'reference', method: 'GET', name: 'getReference', needs: 'get', ofLinks: true, permissions: read, run: getReference },
  {
    kind: 'reference',
    method: 'PUT',
    name: 'setReference',
    needs: 'reference',
    single: true,
    permissions: (a) => a.write,
    run: setReference,
  },
  { kind: 'reference', method: 'DELETE', name: 'removeReference', needs: 'reference', permissions: (a) => a.write, run: removeReference },
];

/** Every write may be repeated safely. */
const operations = OPERATIONS.map((row) => (row.method === 'GET' ? row : { ...row, run: repeatable(row.run) }));

/** Everything that can be done here: of several rows with one method, the first counts. */
export function operationsOn(resource: Resource): readonly Operation[] {
  const { source } = lastStep(resource);
  const isLink = 'contained' in source && !source.contained;
  return operations.filter(
    ({ kind, needs, ofLinks, single }) =>
      (single !== true || !lastStep(resource).collection) &&
      kind === resource.kind &&
      (needs === undefined || source.capabilities.includes(needs)) &&
      (ofLinks !== true || isLink),
  );
}

/** The same. @throws unknownSegment where it is nothing */
function someOperationsOn(resource: Resource): readonly Operation[] {
  const possible = operationsOn(resource);
  if (possible.length > 0) return possible;
  throw new AppError('unknownSegment', `Nothing can be asked of this path. Address '${lastStep(resource).name}' in another way.`);
}

/** The header that names what can be done here (RFC 9110 §10.2.1). @throws unknownSegment */
export function allowOf(resource: Resource): { readonly allow: string } {
  const methods = someOperationsOn(resource).flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return { allow: [...new Set(methods), 'OPTIONS'].join(', ') };
}

/** Finds what a method does here. @throws methodNotAllowed naming the methods that would do, unknownSegment where none would */
export function operationOn(resource: Resource, method: string): Operation {
  const found = someOperationsOn(resource).find((operation) => operation.method === method);
  if (found !== undefined) return found;
  const headers = allowOf(resource);
  throw new AppError('methodNotAllowed', `${method.slice(0, 20)} is not possible here. Use one of: ${headers.allow}.`, { headers });
}
