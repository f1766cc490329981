import type { ComplexType } from '../../edm/declare.ts';
import { isOrDerivesFrom, type Model, type Property } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { valueWriter, writeValue } from '../../odata/body/write-value.ts';
import { contextUrl } from '../../odata/metadata/context-url.ts';
import { emptyAnswer, jsonAnswer, textAnswer } from '../request/answer.ts';
import type { Call } from '../request/context.ts';
import { disclosed } from '../request/disclosure.ts';
import { contextSteps } from '../request/entity-url.ts';
import { lastStep, type Resource } from '../request/resource.ts';
import { hidesFutureMembers } from '../write/write-context.ts';
import { refuseOptions } from './get.ts';
import { rowAt } from './locate.ts';
import { readAsCaller } from './read.ts';

/** Reads of one property, wrapped in JSON or as its bare value (`$value`). Null has no content (Protocol §11.2.4). */

/** The value at the end of a property path; a step into what is not there gives null. @throws notFound when a cast fails */
function valueAt(row: Row, { property, nested = [] }: Resource, model: Model): Value {
  let value: Value = row[property!.name] ?? null;
  for (const step of nested) {
    if (value === null) return null;
    if (step.kind === 'property') value = (value as Row)[step.name] ?? null;
    else checkCast(value as Row, step, model);
  }
  return value;
}

function checkCast(value: Row, type: ComplexType, model: Model): void {
  const annotation = value['@odata.type'] as string;
  const actual = model.findType(annotation.slice(annotation.lastIndexOf('.') + 1));
  if (actual?.kind === 'complex' && isOrDerivesFrom(actual, type)) return;
  throw new AppError('notFound', `The value here is no ${type.name}, but a ${annotation}. Ask for it without the cast.`);
}

/** What the value at the end of a property path is declared to be. */
const declaredType = ({ property, nested = [] }: Resource): Property => nested.findLast((step) => step.kind === 'property') ?? property!;

async function read(call: Call, resource: Resource): Promise<Value> {
  refuseOptions(call, []);
  return readAsCaller(call, async (reader, run) =>
    valueAt(
      disclosed(run, await rowAt(reader, resource.steps), { type: lastStep(resource).type, select: [resource.property!.name] }),
      resource,
      call.model,
    ),
  );
}

/** GET of a property. */
export async function getProperty(call: Call, resource: Resource): Promise<HttpResponse> {
  const value = await read(call, resource);
  if (value === null) return emptyAnswer(204);
  const nested = (resource.nested ?? []).map(({ kind, name }) => ({ name: kind === 'complex' ? `${call.model.namespace}.${name}` : name }));
  const path = [...contextSteps(resource.steps), { name: resource.property!.name }, ...nested];
  const context = contextUrl({ serviceRoot: call.serviceRoot, path });
  return jsonAnswer(call, 200, {
    body: writeValue(value, declaredType(resource), { ...call, hideFutureMembers: hidesFutureMembers(call), context }),
  });
}

/** GET of a property's bare value: text, or the bytes of a binary. */
export async function getValue(call: Call, resource: Resource): Promise<HttpResponse> {
  const value = await read(call, resource);
  if (value === null) return emptyAnswer(204);
  const type = declaredType(resource);
  if (type.type === 'Edm.Binary') {
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from(value as string, 'base64') };
  }
  return textAnswer(String(valueWriter(type, { ...call, hideFutureMembers: hidesFutureMembers(call) })?.(value) ?? value));
}
