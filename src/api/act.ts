import { type ActionParameters, runAction } from '../domain/policy-actions.ts';
import type { ComplexType, EntityType, OperationDeclaration } from '../edm/declare.ts';
import type { Row } from '../edm/primitive.ts';
import type { HttpResponse } from '../lib/http.ts';
import type { EntityInput } from '../odata/body/read-entity.ts';
import { readParameters } from '../odata/body/read-parameters.ts';
import { writeCollection } from '../odata/body/write-collection.ts';
import { type JsonObject, writeEntity } from '../odata/body/write-entity.ts';
import { contextUrl, typeContextUrl } from '../odata/metadata/context-url.ts';
import { emptyAnswer, jsonAnswer } from './answer.ts';
import type { Call } from './api-context.ts';
import { jsonBody } from './body.ts';
import { isScript, write } from './change.ts';
import { contextSteps } from './entity-url.ts';
import { refuseOptions } from './get.ts';
import { ownerAt } from './locate.ts';
import { profileValue } from './profile.ts';
import { lastStep, type Resource } from './resource.ts';
import { writeContextOf } from './write-context.ts';

/** POST of a bound action. */
export async function act(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  const operation = resource.operation!;
  const parameters = plainParameters(readParameters(jsonBody(call.request), operation, { model: call.model }));
  const rows = await write(call, async (change) => {
    const bound = operation.bindingCollection === true ? undefined : await ownerAt(change.writer, resource.steps);
    return runAction(operation, change, { parameters, bound });
  });
  if (operation.returns === undefined)
    return emptyAnswer(isScript(operation.binding) ? profileValue(call.profile, 'scriptAssignStatus') : 204);
  return jsonAnswer(call, 200, { body: resultBody(call, resource, rows) });
}

type ReadParameters = ReturnType<typeof readParameters>;

/** Entities inside parameters are handed on as the values they hold. */
function plainParameters(read: ReadParameters): ActionParameters {
  const isEntity = (value: unknown): value is EntityInput => typeof value === 'object' && value !== null && 'bindings' in value;
  const plain = (value: ReadParameters[string]): ActionParameters[string] =>
    Array.isArray(value)
      ? value.map((item) => (isEntity(item) ? item.values : item))
      : isEntity(value)
        ? value.values
        : (value as ActionParameters[string]);
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, plain(value)]));
}

/** The collection that an action returns. */
function resultBody(call: Call, resource: Resource, rows: readonly Row[]): JsonObject {
  const { serviceRoot, level } = call;
  const { type } = resource.operation!.returns as OperationDeclaration['returns'] & { type: EntityType | ComplexType };
  if (type.kind === 'complex') {
    const context = typeContextUrl(serviceRoot, { name: `${call.model.namespace}.${type.name}`, collection: true });
    return writeCollection({ level, context, value: rows.map((row) => ({ ...row })) });
  }
  const navigation = Object.entries(lastStep(resource).type.navigation).find(([, { target }]) => target() === type);
  const path = [...contextSteps(resource.steps), ...(navigation === undefined ? [] : [{ name: navigation[0] }])];
  const writeContext = writeContextOf(call, type, { inList: true });
  return writeCollection({ level, context: contextUrl({ serviceRoot, path }), value: rows.map((row) => writeEntity(row, writeContext)) });
}
