import { rulesFor } from '../../domain/rules.ts';
import { findOne, type UnitOfWork } from '../../domain/unit-of-work.ts';
import type { Navigation } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { isUuid } from '../../lib/ids.ts';
import { referenceContextUrl } from '../../odata/metadata/context-url.ts';
import type { Reader } from '../../store/contract.ts';
import { refuseOptions } from '../read/get.ts';
import { findRowAt, missing, notThere, rowAt } from '../read/locate.ts';
import { emptyAnswer, jsonAnswer } from '../request/answer.ts';
import { readAsCaller, write } from '../request/as-caller.ts';
import { jsonBody } from '../request/body.ts';
import type { Call } from '../request/context.ts';
import { contextSteps, entitySteps, isInDirectory, lastStep, type Resource, urlOf } from '../request/resource.ts';
import { remove } from './change.ts';
import { addReferences, changeList, isListed, linkColumns, referenced } from './links.ts';

/**
 * References between entities that live on their own (Protocol §11.4.6): rows of the type that stands between the two ends, or ids
 * that one of them lists.
 */

const navigationOf = (resource: Resource): Navigation => lastStep(resource).source as Navigation;

/** GET of a reference to one entity. */
export async function getReference(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const { type, collection } = lastStep(resource);
  return readAsCaller(call, async (reader) => {
    const row = await findRowAt(reader, resource.steps);
    if (row === undefined) return collection || isInDirectory(type) ? notThere(resource.steps) : emptyAnswer(204);
    const url = urlOf(call, entitySteps(call.model, [type, row], contextSteps(resource.steps)));
    const context = call.level === 'none' ? {} : { '@odata.context': referenceContextUrl(call.serviceRoot, false) };
    return jsonAnswer(call, 200, { body: { ...context, '@odata.id': url } });
  });
}

/** What a body refers to: `{"@odata.id": "…/users/{id}"}`. @throws missingProperty */
function urlIn(call: Call): string {
  const body = jsonBody(call.request) as Readonly<Record<string, unknown>> | undefined;
  const url = body?.['@odata.id'] ?? body?.['@id'];
  if (typeof url === 'string') return url;
  throw new AppError('missingProperty', `Send the entity's URL: {"@odata.id": "${call.serviceRoot}/<collection>/<id>"}.`, {
    target: '@odata.id',
  });
}

/** PUT of the reference that a single navigation is. */
export async function setReference(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const url = urlIn(call);
  return write(call, async (change, seen) => {
    const { target: type, join } = navigationOf(resource);
    const found = await referenced(seen, url, { type, target: '@odata.id' });
    await changeSource(change, seen, [resource, Object.fromEntries(Object.entries(join).map(([there, here]) => [here, found[there]!]))]);
    return emptyAnswer(204);
  });
}

/** Changes the columns of what a single navigation starts from. @throws notFound */
async function changeSource(change: UnitOfWork, seen: Reader, [{ steps }, values]: readonly [Resource, Row]): Promise<void> {
  const source = await rowAt(seen, steps.slice(0, -1));
  await rulesFor(steps.at(-2)!.type).update(change, source, values);
}

/** POST of a reference to a collection. */
export async function addReference(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const url = urlIn(call);
  return write(call, async (change, seen) => {
    const [navigation, target] = [navigationOf(resource), '@odata.id'];
    if (isListed(resource)) {
      const { id } = await referenced(seen, url, { type: navigation.target, target });
      await changeList(change, seen, { resource, add: id as string });
    } else {
      const source = await rowAt(seen, resource.steps.slice(0, -1));
      await addReferences(change, [navigation, source], { seen, urls: [url], target });
    }
    return emptyAnswer(204);
  });
}

/** DELETE of a reference: what it leads to stays. */
export async function removeReference(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  if (isListed(resource)) return remove(call, resource);
  if (!lastStep(resource).collection) return clearReference(call, resource);
  const { key, type } = lastStep(resource);
  return write(call, async (change, seen) => {
    const navigation = navigationOf(resource);
    const link = navigation.through!.link();
    const source = await rowAt(seen, resource.steps.slice(0, -1));
    const isId = typeof key === 'string' && isUuid(key);
    const row = isId ? await findOne(change.writer, link, linkColumns(navigation, source, key.toLowerCase())) : undefined;
    if (row === undefined) throw missing(type, key);
    await rulesFor(link).remove(change, row);
    return emptyAnswer(204);
  });
}

/** A single navigation leads nowhere any more. */
const clearReference = (call: Call, resource: Resource): Promise<HttpResponse> =>
  write(call, async (change, seen) => {
    await rowAt(seen, resource.steps);
    const columns = Object.values(navigationOf(resource).join);
    await changeSource(change, seen, [resource, Object.fromEntries(columns.map((name) => [name, null]))]);
    return emptyAnswer(204);
  });
