import { addMember, removeMember } from '../domain/directory-rules.ts';
import type { EntityType } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { isUuid } from '../lib/ids.ts';
import { directoryObject, group, groupMember, user } from '../model/directory.ts';
import { managedDevice } from '../model/managed-device.ts';
import { writeCollection } from '../odata/body/write-collection.ts';
import { type JsonObject, writeEntity } from '../odata/body/write-entity.ts';
import { contextUrl, referenceContextUrl } from '../odata/metadata/context-url.ts';
import { keyOrder } from '../query/column.ts';
import type { Reader } from '../store/contract.ts';
import { emptyAnswer, jsonAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { readAsCaller } from './caller-view.ts';
import { write } from './change.ts';
import { referencedId } from './entity-reference.ts';
import { contextSteps } from './entity-url.ts';
import { refuseOptions } from './get.ts';
import { bodyReference } from './list-references.ts';
import { missing, rowAt } from './locate.ts';
import { pagingOf } from './paging.ts';
import type { Resource } from './resource.ts';
import { writeContextOf } from './write-context.ts';

/**
 * Members of groups. They are of several types, so memberships are paged by id and each member is then read from its own type;
 * `$select` applies to whatever a member's type has, as in Graph. A managed device stands for the device object of the directory.
 */

/** Whether a resource is `groups/{id}/members`. */
export const isGroupMembers = ({ steps }: Resource): boolean => steps.at(-1)!.type === directoryObject;

const KINDS: Readonly<Record<string, EntityType>> = { user, group, managedDevice };

/** The group above the members. @throws notFound */
async function groupId(reader: Reader, resource: Resource): Promise<string> {
  return (await rowAt(reader, resource.steps.slice(0, -1))).id as string;
}

/** GET members, or `members/$ref`. */
export async function listMembers(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, ['select', 'top', 'count', 'skipToken']);
  const { select, count: wantsCount } = call.options;
  const { size, after, nextLink, headers } = pagingOf(call);
  const references = resource.kind === 'references';
  return readAsCaller(call, async (reader) => {
    const scope = { groupId: await groupId(reader, resource) };
    const found = await reader.select({
      from: groupMember,
      scope,
      orderBy: keyOrder(groupMember, scope),
      limit: size + 1,
      ...(after === undefined ? {} : { after }),
    });
    const links = found.slice(0, size);
    const value: JsonObject[] = [];
    for (const link of links) {
      if (references) value.push({ '@odata.id': `${call.serviceRoot}/directoryObjects('${link.id as string}')` });
      else value.push(await memberObject(call, reader, { link, select: select?.map(({ path }) => path[0]!) }));
    }
    const next = found.length > size ? [links.at(-1)!.id!] : undefined;
    const context = references
      ? referenceContextUrl(call.serviceRoot, true)
      : contextUrl({ serviceRoot: call.serviceRoot, path: contextSteps(resource.steps) });
    const count = wantsCount === true ? await reader.count({ from: groupMember, scope }) : undefined;
    return jsonAnswer(call, 200, {
      body: writeCollection({
        level: call.level,
        longNumbersAsText: call.longNumbersAsText,
        context,
        count,
        nextLink: nextLink(next),
        value,
      }),
      headers,
    });
  });
}

/** One member as an object of its own type. */
async function memberObject(
  call: Call,
  reader: Reader,
  { link, select }: { link: Row; select: readonly string[] | undefined },
): Promise<JsonObject> {
  const type = KINDS[link.memberKind as string]!;
  const [row] = await reader.select({ from: type, scope: { id: link.id! }, orderBy: [], limit: 1 });
  // Of what the caller may not see, only the membership is told (Graph: inaccessible member objects).
  const { '@odata.type': _, ...written } =
    row === undefined ? { id: link.id! } : writeEntity(row, writeContextOf(call, type, { inList: true }));
  const wanted = select === undefined || select.includes('*') ? written : onlyNamed(written, select);
  return call.level === 'none' ? wanted : { '@odata.type': `#microsoft.graph.${type.name}`, ...wanted };
}

function onlyNamed(written: JsonObject, names: readonly string[]): JsonObject {
  const lower = names.map((name) => name.toLowerCase());
  return Object.fromEntries(Object.entries(written).filter(([name]) => lower.includes(name.toLowerCase())));
}

/** How many members a group has. */
export const countMembers = (call: Call, resource: Resource): Promise<number> => {
  refuseOptions(call, []);
  return readAsCaller(call, async (reader) => reader.count({ from: groupMember, scope: { groupId: await groupId(reader, resource) } }));
};

/** POST `members/$ref`: `{"@odata.id": "…/users/{id}"}`. */
export async function addMemberReference(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const id = referencedId(bodyReference(call, 'users'), '@odata.id').toLowerCase();
  if (!isUuid(id))
    throw new AppError('referencedMissing', `There is no directory object with the id '${id.slice(0, 100)}'.`, { target: '@odata.id' });
  return write(call, async (change) => {
    await addMember(change, await groupId(change.writer, resource), id);
    return emptyAnswer(204);
  });
}

/** DELETE `members/{id}/$ref`. */
export async function removeMemberReference(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const key = resource.steps.at(-1)!.key!;
  return write(call, async (change) => {
    const id = await groupId(change.writer, resource);
    if (!isUuid(key) || !(await removeMember(change, id, key.toLowerCase()))) throw missing(directoryObject, key);
    return emptyAnswer(204);
  });
}
