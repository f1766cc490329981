import type { OperationDeclaration, OperationParameter } from '../../edm/declare.ts';
import type { Model } from '../../edm/link.ts';
import type { Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { cachePerType } from './cache-per-type.ts';
import { isAnnotation, join, MemberTable, sentTwice } from './member-table.ts';
import { type EntityInput, readEntity } from './read-entity.ts';
import { invalidValue, wrongType } from './read-primitive.ts';
import { valueReader } from './read-value.ts';
import { isJsonObject } from './resolve-type.ts';

/** The value of one parameter; entities stay in the form that `readEntity` gives them. */
export type ParameterValue = Value | EntityInput | readonly EntityInput[];

type ParameterReader = (value: unknown, target: string) => ParameterValue;

interface Parameter {
  readonly name: string;
  readonly read: ParameterReader;
}

const compiled = cachePerType(
  (operation: OperationDeclaration, model: Model) =>
    new MemberTable<Parameter>(
      operation.name,
      Object.entries(operation.parameters).map(([name, declaration]) => [name, { name, read: parameterReader(declaration, model) }]),
    ),
);

function parameterReader(declaration: OperationParameter, model: Model): ParameterReader {
  const { type, collection = false, nullable = false } = declaration;
  if (typeof type === 'string' || type.kind !== 'entity') return valueReader({ type, collection, nullable }, model);
  const one = (value: unknown, path: string): EntityInput => readEntity(value, type, { model, mode: 'parameter', path });
  return (value, target) => {
    if (value === null) {
      if (!nullable) throw invalidValue(target, 'cannot be null; leave it out or send a value');
      return null;
    }
    if (!collection) return one(value, target);
    if (!Array.isArray(value)) throw wrongType(target, 'an array', value);
    return value.map((item, index) => one(item, join(target, String(index))));
  };
}

/**
 * Reads the body of an action (OData JSON Format 4.01, action invocation; no body and `{}` mean no parameters).
 * Parameter names match as property names do.
 * @param body what `parseJson` returned, or undefined when the request has no body
 * @returns what was sent, by declared name; a parameter that was not sent is absent
 * @throws invalidBody, unknownProperty, duplicateProperty, and what `readEntity` throws
 */
export function readParameters(
  body: unknown,
  operation: OperationDeclaration,
  context: { readonly model: Model },
): Readonly<Record<string, ParameterValue | undefined>> {
  const parameters: Record<string, ParameterValue> = {};
  if (body === undefined) return parameters;
  if (!isJsonObject(body)) {
    throw new AppError('invalidBody', `Send the parameters of '${operation.name}' as one JSON object, or no body.`);
  }
  const table = compiled(operation, context.model);
  for (const key of Object.keys(body)) {
    const parameter = table.find(key);
    if (parameter === undefined) {
      if (isAnnotation(key)) continue;
      throw table.unknown(key, '');
    }
    if (Object.hasOwn(parameters, parameter.name)) throw sentTwice(key);
    parameters[parameter.name] = parameter.read(body[key], key);
  }
  return parameters;
}
