import type { EntityType, OperationResult } from '../../edm/declare.ts';
import { shapeOf, TYPE_COLUMN } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { writeCollection } from '../../odata/body/write-collection.ts';
import { type JsonObject, writeEntity } from '../../odata/body/write-entity.ts';
import { valueWriter, writeValue } from '../../odata/body/write-value.ts';
import { type ContextStep, contextUrl, typeContextUrl } from '../../odata/metadata/context-url.ts';
import { isViewed } from '../read/read-rows.ts';
import { emptyAnswer, jsonAnswer } from '../request/answer.ts';
import type { Call, CallRun } from '../request/context.ts';
import { disclosed } from '../request/disclosure.ts';
import { contextSteps, entityKeyOf, entitySteps, urlOf } from '../request/entity-url.ts';
import { narrowResult } from '../request/narrow-result.ts';
import { profileValue } from '../request/profile.ts';
import type { Resource } from '../request/resource.ts';
import { isScript } from '../write/change.ts';
import { hidesFutureMembers, writeContextOf } from '../write/write-context.ts';

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
