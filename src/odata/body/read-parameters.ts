import type { OperationDeclaration, OperationParameter } from '../../edm/declare.ts';
import type { Model } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { cachePerType } from './cache-per-type.ts';
import { isAnnotation, join, MemberTable, sentTwice } from './member-table.ts';
import { readEntity } from './read-entity.ts';
import { invalidValue } from './read-primitive.ts';
import { missingProperties, readItems, valueReader } from './read-value.ts';
import { isJsonObject } from './resolve-type.ts';

interface Parameter {
  readonly name: string;
  readonly read: (value: unknown, target: string) => Value;
  /** Of a parameter that was left out; undefined where it must be sent. */
  readonly absent: Value | undefined;
}

const compiled = cachePerType((operation: OperationDeclaration, model: Model) => {
  const parameters = Object.entries(operation.parameters).map(([name, declaration]): Parameter => {
    // A function is told from its overloads by what is given to it (Protocol 4.01 §11.5.4), so that null must be written there.
    const isOptional = declaration.nullable === true && operation.kind === 'action';
    return { name, read: parameterReader(declaration, model), absent: declaration.default ?? (isOptional ? null : undefined) };
  });
  return {
    parameters,
    table: new MemberTable<Parameter>(
      operation.name,
      parameters.map((parameter) => [parameter.name, parameter]),
    ),
  };
});

function parameterReader(declaration: OperationParameter, model: Model): Parameter['read'] {
  const { type, collection = false, nullable = false } = declaration;
  if (typeof type === 'string' || type.kind !== 'entity') return valueReader({ type, collection, nullable }, model);
  const one = (value: unknown, path: string): Row => {
    const { values, bindings, nested } = readEntity(value, type, { model, mode: 'parameter', path });
    const related = [...Object.keys(bindings), ...Object.keys(nested)][0];
    if (related !== undefined) throw invalidValue(join(path, related), 'names related entities, which a parameter cannot; leave it out');
    return values;
  };
  return (value, target) => {
    if (value === null) {
      if (!nullable) throw invalidValue(target, 'cannot be null; leave it out or send a value');
      return null;
    }
    if (!collection) return one(value, target);
    return readItems(value, target, one);
  };
}

/**
 * Reads the parameters of an operation: an action's body (OData JSON Format 4.01, action invocation; no body and `{}` mean no
 * parameters), or the values that a function's URL holds. Parameter names match as property names do.
 * @param given what `parseJson` returned, or undefined when there is nothing
 * @returns every declared parameter; one that was left out has its default, or null. Entities are the values that were sent.
 * @throws invalidBody, unknownProperty, duplicateProperty, missingProperty, and what `readEntity` throws
 */
export function readParameters(given: unknown, operation: OperationDeclaration, context: { readonly model: Model }): Row {
  const body = given === undefined ? {} : given;
  if (!isJsonObject(body)) {
    throw new AppError('invalidBody', `Send the parameters of '${operation.name}' as one JSON object, or no body.`);
  }
  const { parameters, table } = compiled(operation, context.model);
  const values: Record<string, Value> = {};
  for (const key of Object.keys(body)) {
    const parameter = table.find(key);
    if (parameter === undefined) {
      if (isAnnotation(key)) continue;
      throw table.unknown(key, '');
    }
    if (Object.hasOwn(values, parameter.name)) throw sentTwice(key);
    values[parameter.name] = parameter.read(body[key], key);
  }
  const missing: string[] = [];
  for (const { name, absent } of parameters) {
    if (Object.hasOwn(values, name)) continue;
    if (absent === undefined) missing.push(name);
    else values[name] = absent;
  }
  if (missing.length > 0) throw missingProperties(missing);
  return values;
}
