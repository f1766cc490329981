import type { Invocation } from '../../domain/operation-rule.ts';
import { operationRuleFor } from '../../domain/operations.ts';
import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType, OperationDeclaration, OperationParameter, OperationResult } from '../../edm/declare.ts';
import { shapeOf, TYPE_COLUMN } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { readParameters } from '../../odata/body/read-parameters.ts';
import { type JsonObject, writeCollection, writeEntity } from '../../odata/body/write-entity.ts';
import { valueWriter, writeValue } from '../../odata/body/write-value.ts';
import { type ContextStep, contextUrl, typeContextUrl } from '../../odata/metadata/context-url.ts';
import { splitQuery } from '../../odata/options/split-query.ts';
import { parseExpression } from '../../odata/url/parse-expression.ts';
import { parseWhole } from '../../odata/url/scanner.ts';
import type { LiteralExpression, SyntaxExpression } from '../../odata/url/syntax.ts';
import { compareForOrder } from '../../query/evaluate/compare.ts';
import { evaluate } from '../../query/evaluate/evaluate.ts';
import type { Reader } from '../../store/contract.ts';
import { bindCondition, bindExpression } from '../bind/expression.ts';
import type { Scope } from '../bind/scope.ts';
import { refuseOptions } from '../read/get.ts';
import { locate, ownerAt } from '../read/locate.ts';
import { isViewed } from '../read/read-rows.ts';
import { contentApplied, emptyAnswer, jsonAnswer, NO_CONTENT_APPLIED, prefersNoContent } from '../request/answer.ts';
import { readAsCaller, write } from '../request/as-caller.ts';
import { typedBody } from '../request/body.ts';
import { type Call, type CallRun, disclosed, hidesFutureMembers, writeContextOf } from '../request/context.ts';
import { profileValue } from '../request/profile.ts';
import { contextSteps, entityKeyOf, entitySteps, lastStep, type Resource, urlOf } from '../request/resource.ts';
import { checkRow, isScript } from '../write/change.ts';

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

type Aliases = ReadonlyMap<string, SyntaxExpression>;

/**
 * The parameters of a function as a JSON object, which is then read as an action's body is. They stand in the parentheses, as
 * values or aliases; one that is not there may be a query option, `?@name=` or `?name=` (implicit alias, Protocol 4.01 §11.5.4.1).
 * @throws invalidUrl for what is no value
 */
export function urlParameters(call: Call, { operation, given }: Resource): Readonly<Record<string, unknown>> {
  const { aliases } = call.options;
  const declared = new Map(Object.entries(operation!.parameters).map(([name, parameter]) => [name.toLowerCase(), parameter]));
  const json = (name: string, value: SyntaxExpression) => jsonValue(value, aliases, { name, type: declared.get(name.toLowerCase())?.type });
  const written = given?.kind === 'named' ? given.values : [];
  const parameters: Record<string, unknown> = Object.fromEntries(written.map(({ name, value }) => [name, json(name, value)]));
  const isWritten = (name: string): boolean => written.some((one) => one.name.toLowerCase() === name.toLowerCase());
  const implicit = Object.keys(operation!.parameters).filter((name) => !isWritten(name));
  if (implicit.length === 0) return parameters;
  const options = splitQuery(call.queryString);
  for (const name of implicit) {
    const option = options.find((one) => one.name.replace(/^@/, '').toLowerCase() === name.toLowerCase());
    if (option?.value !== undefined)
      parameters[name] = json(name, parseWhole({ text: option.value, subject: option.name }, parseExpression));
  }
  return parameters;
}

interface Parameter {
  readonly name: string;
  readonly type: OperationParameter['type'] | undefined;
}

/** The JSON that a value in a URL stands for. */
function jsonValue(value: SyntaxExpression, aliases: Aliases, parameter: Parameter): unknown {
  const below = (inner: SyntaxExpression) => jsonValue(inner, aliases, parameter);
  switch (value.kind) {
    case 'literal':
      return literalValue(value, parameter);
    case 'list':
      return value.items.map(below);
    case 'object':
      return Object.fromEntries(
        value.members.map(({ name, value: member }) => [name, jsonValue(member, aliases, { ...parameter, type: undefined })]),
      );
    case 'alias': {
      const named = aliases.get(value.name);
      if (named === undefined) return null; // URL Conventions §5.3
      // An alias cannot name itself, however far round.
      return jsonValue(named, new Map([...aliases].filter(([name]) => name !== value.name)), parameter);
    }
    default:
      throw invalid(parameter, "is no value. Write a literal such as 'text' or 1, a JSON array, or @alias");
  }
}

function literalValue({ type, value, enumType }: LiteralExpression, parameter: Parameter): unknown {
  if (
    enumType !== undefined &&
    typeof parameter.type === 'object' &&
    !enumType.toLowerCase().endsWith(`.${parameter.type.name.toLowerCase()}`)
  ) {
    throw invalid(parameter, `has the type ${enumType}, but must be a ${parameter.type.name}`);
  }
  // JSON has no infinities and no NaN (JSON Format §7.1).
  return type === 'Edm.Double' && !Number.isFinite(value) ? String(value).replace('Infinity', 'INF') : value;
}

const invalid = ({ name }: Parameter, problem: string): AppError =>
  new AppError('invalidUrl', `The parameter '${name}' ${problem}.`, { target: name });

/** What an operation answers with (Protocol 4.01 §11.5.4, §11.5.5; JSON Format §16): nothing, a value, an entity, or a collection. */

/** Answers with what an operation's rule returned. */
export function resultAnswer(call: CallRun, resource: Resource, result: unknown): HttpResponse {
  const { returns, binding } = resource.operation!;
  if (returns === undefined) return emptyAnswer(isScript(binding) ? profileValue(call.profile, 'scriptAssignStatus') : 204);
  if (result === null || result === undefined) return emptyAnswer(204);
  const { type } = returns;
  if (type === 'Edm.Stream') return streamAnswer(call, result as Uint8Array);
  if (typeof type === 'object' && type.kind === 'entity')
    return entityAnswer(call, resource, { type, result: result as Row | readonly Row[] });
  const context = typeContextUrl(call.serviceRoot, { name: typeName(returns, call), collection: returns.collection === true });
  const values = { ...call, hideFutureMembers: hidesFutureMembers(call) };
  if (returns.collection !== true) return jsonAnswer(call, 200, { body: writeValue(result as Value, { type }, { ...values, context }) });
  const write = valueWriter({ type }, values) ?? ((value: Value) => value);
  return pageAnswer(call, context, (narrowResult(call, resource.operation!, result as readonly Value[]) as readonly Value[]).map(write));
}

/** Bytes as they are where the client asks for them, else as the base64 text that JSON has for them. */
const streamAnswer = (call: Call, bytes: Uint8Array): HttpResponse =>
  call.mediaType === 'application/octet-stream'
    ? { status: 200, headers: { 'content-type': call.mediaType }, body: bytes }
    : jsonAnswer(call, 200, {
        body: writeValue(
          Buffer.from(bytes).toString('base64'),
          { type: 'Edm.Binary' },
          { ...call, context: typeContextUrl(call.serviceRoot, { name: 'Edm.Stream' }) },
        ),
      });

const typeName = ({ type }: OperationResult, { model }: Call): string =>
  typeof type === 'string' ? type : `${model.namespace}.${type.name}`;

/** A whole collection, or the part of it that was asked for. */
function pageAnswer(call: Call, context: string, all: readonly unknown[]): HttpResponse {
  const { skip = 0, top = all.length, count } = call.options;
  const { level, longNumbersAsText } = call;
  return jsonAnswer(call, 200, {
    body: writeCollection({
      level,
      longNumbersAsText,
      context,
      count: count === true ? all.length : undefined,
      value: all.slice(skip, skip + top),
    }),
  });
}

/** Entities stand in the set that the operation is bound to, or in one below it, where the model has it. */
function entityAnswer(
  call: CallRun,
  resource: Resource,
  { type, result }: { type: EntityType; result: Row | readonly Row[] },
): HttpResponse {
  const set = setOf(resource, type);
  const context = (entity: boolean) =>
    set === undefined
      ? typeContextUrl(call.serviceRoot, { name: `${call.model.namespace}.${type.name}`, collection: !entity })
      : contextUrl({ serviceRoot: call.serviceRoot, path: set, entity });
  const written = (row: Row, extras: JsonObject = {}): JsonObject => {
    const own = isViewed(type) ? (call.model.findType(row[TYPE_COLUMN] as string) as EntityType) : type;
    const writeContext = writeContextOf(call, own, { inList: Array.isArray(result), isDerived: own !== type });
    const below = set === undefined ? [] : [...set.slice(0, -1), { ...set.at(-1)!, key: entityKeyOf(type, row) }];
    const steps = entitySteps(call.model, [own, row], below);
    const url = steps.length === 0 ? {} : { url: urlOf(call, steps) };
    return writeEntity(disclosed(call, row, { type: own }), writeContext, { ...extras, ...url });
  };
  if (Array.isArray(result))
    return pageAnswer(
      call,
      context(false),
      result.map((row) => written(row)),
    );
  return jsonAnswer(call, 200, { body: written(result as Row, { context: context(true) }) });
}

/** The path of the set that entities of a type are in: the one that the operation is bound to, or one below what it is bound to. */
function setOf({ steps, operation }: Resource, type: EntityType): readonly ContextStep[] | undefined {
  const path = contextSteps(steps);
  const bound = steps.at(-1)!.type;
  if (operation!.bindingCollection === true) return bound === type ? path : undefined;
  const set = shapeOf(bound).navigation.find(({ collection, target }) => collection && target === type);
  return set === undefined ? undefined : [...path, { name: set.name }];
}

/** Query options on what a function returns: whole collections in memory, so that they are narrowed here and not by the store. */

/** The options that can be met. Entities may lead to others, and plain values have no properties: neither is filtered. */
export function narrowingOptions({ returns }: OperationDeclaration): readonly string[] {
  if (returns?.collection !== true) return [];
  const paging = ['top', 'skip', 'count'];
  return typeof returns.type === 'object' && returns.type.kind === 'complex' ? [...paging, 'filter', 'orderBy'] : paging;
}

/** Filters and orders a collection of complex values; any other collection is answered as it is. @throws invalidQueryOption */
function narrowResult(call: Call, { returns }: OperationDeclaration, all: readonly unknown[]): readonly unknown[] {
  const { filter, orderBy = [], aliases } = call.options;
  const type = returns!.type;
  if (typeof type !== 'object' || type.kind !== 'complex' || (filter === undefined && orderBy.length === 0)) return all;
  const futureMembers = !hidesFutureMembers(call);
  const scope: Scope = { model: call.model, aliases, type, variables: new Map(), depth: 0, bound: { nodes: 0 }, futureMembers };
  const context = { now: call.dependencies.clock.now() };
  const where = filter === undefined ? undefined : bindCondition(filter, scope);
  const order = orderBy.map(({ expression, descending }) => ({ bound: bindExpression(expression, scope), sign: descending ? -1 : 1 }));
  const rows = (all as readonly Row[]).filter((row) => where === undefined || evaluate(where, row, context) === true);
  return rows.toSorted((a, b) => {
    for (const { bound, sign } of order) {
      const difference = compareForOrder(evaluate(bound, a, context), evaluate(bound, b, context), bound);
      if (difference !== 0) return sign * difference;
    }
    return 0;
  });
}
