import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { writeCollection } from '../odata/body/write-collection.ts';
import { referenceContextUrl } from '../odata/metadata/context-url.ts';
import { keyOrder } from '../query/column.ts';
import { emptyAnswer, jsonAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { jsonBody } from './body.ts';
import { readAsCaller } from './caller-view.ts';
import { currentRow, write } from './change.ts';
import { contextSteps, urlOf } from './entity-url.ts';
import { refuseOptions } from './get.ts';
import { locate } from './locate.ts';
import { changeList, referenced } from './references.ts';
import { lastStep, type Resource } from './resource.ts';

/** `$ref` of collections that their parent lists (Protocol §11.4.6): role assignments and their scope tags. */

/** GET `…/$ref`: lists are short, so that they have one page. */
export async function listListed(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const { type } = lastStep(resource);
  const steps = contextSteps(resource.steps);
  const rows = await readAsCaller(call, async (reader) =>
    reader.select({ ...(await locate(reader, resource.steps)), orderBy: keyOrder(type) }),
  );
  const value = rows.map(({ id }) => ({ '@odata.id': urlOf(call, [...steps.slice(0, -1), { ...steps.at(-1)!, key: id as string }]) }));
  const { level } = call;
  return jsonAnswer(call, 200, { body: writeCollection({ level, context: referenceContextUrl(call.serviceRoot, true), value }) });
}

/** The URL in the body of a POST to `…/$ref`. @throws missingProperty */
export function bodyReference(call: Call, example: string): string {
  const body = jsonBody(call.request) as Readonly<Record<string, unknown>> | undefined;
  const url = body?.['@odata.id'] ?? body?.['@id'];
  if (typeof url === 'string') return url;
  throw new AppError('missingProperty', `Send the URL of what is to be added: {"@odata.id": "${call.serviceRoot}/${example}/<id>"}.`, {
    target: '@odata.id',
  });
}

/** POST `…/$ref`. */
export async function addListed(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const { type, name } = lastStep(resource);
  const url = bodyReference(call, `deviceManagement/${name}`);
  return write(call, async (change, seen) => {
    const { id } = await referenced(seen, url, { type, target: '@odata.id' });
    await changeList(change, seen, { resource, add: id as string });
    return emptyAnswer(204);
  });
}

/** DELETE of one, with or without `$ref`: it is taken off the list, and lives on elsewhere. */
export async function removeListed(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  return write(call, async (change, seen) => {
    const { id } = await currentRow(call, seen, resource);
    await changeList(change, seen, { resource, take: id as string });
    return emptyAnswer(204);
  });
}
