import type { OperationParameter } from '../../edm/declare.ts';
import { AppError } from '../../lib/app-error.ts';
import { splitQuery } from '../../odata/options/split-query.ts';
import { parseExpression } from '../../odata/url/parse-expression.ts';
import { parseWhole } from '../../odata/url/scanner.ts';
import type { LiteralExpression, SyntaxExpression } from '../../odata/url/syntax.ts';
import type { Call } from '../request/context.ts';
import type { Resource } from '../request/resource.ts';

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
