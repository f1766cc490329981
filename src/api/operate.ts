import type { Invocation } from '../domain/operation-rule.ts';
import { operationRuleFor } from '../domain/operation-rules.ts';
import { dateTimeOffsetOf } from '../edm/date-time-offset.ts';
import type { Row } from '../edm/primitive.ts';
import type { HttpResponse } from '../lib/http.ts';
import { readParameters } from '../odata/body/read-parameters.ts';
import type { Reader } from '../store/contract.ts';
import type { Call } from './api-context.ts';
import { jsonBody } from './body.ts';
import { write } from './change.ts';
import { refuseOptions } from './get.ts';
import { locate, rowAt } from './locate.ts';
import { collectionOptions, resultAnswer } from './operation-result.ts';
import type { Resource } from './resource.ts';
import { urlParameters } from './url-parameters.ts';

/** Bound operations (Protocol 4.01 §11.5): what they are called on and with; what they do is in `domain/operation-rules.ts`. */

/** POST of an action. */
export async function act(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  return resultAnswer(call, resource, await run(call, resource, jsonBody(call.request)));
}

/** GET of a function. */
export async function callFunction(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, collectionOptions(resource.operation!));
  return resultAnswer(call, resource, await run(call, resource, urlParameters(call, resource)));
}

/** Calls an operation with what was sent. @throws notFound when what it is bound to does not exist */
function run(call: Call, resource: Resource, given: unknown): Promise<unknown> {
  const operation = resource.operation!;
  const { store, clock } = call.dependencies;
  const rule = operationRuleFor(operation);
  const parameters = readParameters(given, operation, { model: call.model });
  const invocation = async (reader: Reader): Promise<Invocation> => ({
    parameters,
    bound: await boundTo(reader, resource),
    caller: call.principal,
  });
  return rule.mode === 'change'
    ? write(call, async (change) => rule.run(change, await invocation(change.writer)))
    : store.read(call.principal.tenantId, async (reader) =>
        rule.run({ reader, now: dateTimeOffsetOf(clock.now()) }, await invocation(reader)),
      );
}

/** What an operation is called on, as its rule sees it. */
async function boundTo(reader: Reader, resource: Resource): Promise<Row> {
  if (resource.operation!.bindingCollection === true) return (await locate(reader, resource.steps)).scope;
  return rowAt(reader, resource.steps);
}
