import type { Row, Value } from '../edm/primitive.ts';
import type { HttpResponse } from '../lib/http.ts';
import { contextUrl } from '../odata/metadata/context-url.ts';
import { emptyAnswer, jsonAnswer, textAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { contextSteps } from './entity-url.ts';
import { refuseOptions, rowAt } from './get.ts';
import { locate } from './locate.ts';
import { lastStep, type Resource } from './resource.ts';

/** Reads of one property, wrapped in JSON or as its bare value (`$value`). Null has no content (Protocol §11.2.4). */

/** The value at the end of a property path; a step into what is not there gives null. */
function valueAt(row: Row, { property, nested = [] }: Resource): Value {
  let value: Value = row[property!.name] ?? null;
  for (const name of nested) value = value === null ? null : ((value as Row)[name] ?? null);
  return value;
}

async function read(call: Call, resource: Resource): Promise<Value> {
  refuseOptions(call, []);
  const { type } = lastStep(resource);
  if (type.storage === undefined) return valueAt({ id: call.principal.tenantId }, resource);
  return call.dependencies.store.read(call.principal.tenantId, async (reader) =>
    valueAt(await rowAt(reader, await locate(reader, resource.steps), resource), resource),
  );
}

/** GET of a property. */
export async function getProperty(call: Call, resource: Resource): Promise<HttpResponse> {
  const value = await read(call, resource);
  if (value === null) return emptyAnswer(204);
  const path = [...contextSteps(resource.steps), { name: resource.property!.name }, ...(resource.nested ?? []).map((name) => ({ name }))];
  const context = call.level === 'none' ? {} : { '@odata.context': contextUrl({ serviceRoot: call.serviceRoot, path }) };
  const complex = typeof value === 'object' && !Array.isArray(value);
  return jsonAnswer(call, 200, { body: complex ? { ...context, ...(value as Row) } : { ...context, value } });
}

/** GET of a property's bare value: text, or the bytes of a binary. */
export async function getValue(call: Call, resource: Resource): Promise<HttpResponse> {
  const value = await read(call, resource);
  if (value === null) return emptyAnswer(204);
  if (resource.property!.type === 'Edm.Binary') {
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: Buffer.from(value as string, 'base64') };
  }
  return textAnswer(String(value));
}
