import type { Invocation } from '../../domain/operation-rule.ts';
import { operationRuleFor } from '../../domain/operations.ts';
import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { readParameters } from '../../odata/body/read-parameters.ts';
import type { Reader } from '../../store/contract.ts';
import { urlParameters } from '../bind/url-parameters.ts';
import { refuseOptions } from '../read/get.ts';
import { locate, ownerAt } from '../read/locate.ts';
import { readAsCaller } from '../read/read.ts';
import { emptyAnswer } from '../request/answer.ts';
import { typedBody } from '../request/body.ts';
import type { Call, CallRun } from '../request/context.ts';
import { narrowingOptions } from '../request/narrow-result.ts';
import { contentApplied, NO_CONTENT_APPLIED, prefersNoContent } from '../request/preference-applied.ts';
import { lastStep, type Resource } from '../request/resource.ts';
import { checkRow } from '../write/change.ts';
import { write } from '../write/write.ts';
import { resultAnswer } from './operation-result.ts';

/** Bound operations (Protocol 4.01 §11.5): what they are called on and with; what they do is in `domain/operations.ts`. */

/** POST of an action. */
export async function act(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, []);
  return run(call, resource, typedBody(call));
}

/** GET of a function. */
export async function callFunction(call: Call, resource: Resource): Promise<HttpResponse> {
  refuseOptions(call, narrowingOptions(resource.operation!));
  return run(call, resource, urlParameters(call, resource));
}

/** Calls an operation with what was sent. @throws notFound when what it is bound to does not exist */
async function run(call: Call, resource: Resource, given: unknown): Promise<HttpResponse> {
  const operation = resource.operation!;
  const { clock } = call.dependencies;
  const rule = operationRuleFor(operation);
  const parameters = readParameters(given, operation, { model: call.model });
  const invocation = async (seen: Reader, scopeTags?: readonly string[]): Promise<Invocation> => ({
    parameters,
    ...(await boundTo(call, seen, resource)),
    caller: scopeTags === undefined ? call.principal : { ...call.principal, scopeTags },
  });
  const answer = (run: CallRun, result: unknown) => asPreferred(call, resource, resultAnswer(run, resource, result));
  return rule.mode === 'change'
    ? write(call, async (change, seen, run) => answer(run, await rule.run(change, await invocation(seen, change.scopeTags))))
    : readAsCaller(call, async (reader, run, scopeTags) =>
        answer(run, await rule.run({ reader, now: dateTimeOffsetOf(clock.now()) }, await invocation(reader, scopeTags))),
      );
}

/** Content is a preference of actions alone: functions are called for nothing else. */
function asPreferred(call: Call, { kind }: Resource, answer: HttpResponse): HttpResponse {
  if (kind === 'function' || answer.body === undefined) return answer;
  if (prefersNoContent(call)) return emptyAnswer(204, NO_CONTENT_APPLIED);
  return { ...answer, headers: { ...answer.headers, ...contentApplied(call) } };
}

/** What an operation is called on, as its rule sees it. */
async function boundTo(call: Call, reader: Reader, resource: Resource): Promise<Pick<Invocation, 'bound' | 'boundType'>> {
  const boundType = lastStep(resource).type;
  if (resource.operation!.bindingCollection === true) return { bound: (await locate(reader, resource.steps)).scope, boundType };
  const { type, row } = await ownerAt(reader, resource.steps);
  if (resource.kind === 'action') checkRow(call, type, row);
  return { bound: row, boundType: type };
}
