import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { TestAnswer } from '../src/testing/in-process-api.ts';

/** The OpenAPI document as tests look at it: which operation a request is, and whether what was answered fits it. */

export interface DescribedOperation {
  readonly method: string;
  readonly template: string;
  readonly operationId: string;
  readonly parameters: readonly string[];
  /** Permissions, any of which is enough. */
  readonly permissions: readonly string[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>>;
  readonly requestSchema?: object;
}

// biome-ignore lint/suspicious/noExplicitAny: a parsed document
type Json = any;

const METHODS = ['get', 'post', 'patch', 'put', 'delete'];

export class OpenApiDocument {
  readonly json: Json;
  readonly operations: readonly DescribedOperation[];
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

  constructor(json: Json) {
    this.json = json;
    this.#ajv.addSchema(json, 'openapi');
    this.operations = Object.entries<Json>(json.paths).flatMap(([template, item]) =>
      METHODS.filter((method) => item[method] !== undefined).map((method) => this.#operation(method, template, item[method])),
    );
  }

  #resolved(value: Json): Json {
    if (value.$ref === undefined) return value;
    return value.$ref
      .split('/')
      .slice(1)
      .reduce((part: Json, name: string) => part[name], this.json);
  }

  #operation(method: string, template: string, operation: Json): DescribedOperation {
    const body = operation.requestBody?.content['application/json'].schema;
    return {
      method: method.toUpperCase(),
      template,
      operationId: operation.operationId,
      parameters: (operation.parameters ?? []).map((parameter: Json) => this.#resolved(parameter).name),
      permissions: operation.security.flatMap((row: Json) => row.oauth2 ?? []),
      responses: Object.fromEntries(
        Object.entries<Json>(operation.responses).map(([status, response]) => [status, this.#resolved(response)]),
      ),
      ...(body === undefined ? {} : { requestSchema: body }),
    };
  }

  /** The operation that a request is. The template with the fewest parameters that fits is meant. */
  find(method: string, path: string): DescribedOperation | undefined {
    const plain = path.split('?')[0]!.replace(/\/$/, '');
    const fits = ({ template }: DescribedOperation): boolean =>
      new RegExp(`^${template.replace(/[$()']/g, '\\$&').replace(/\{\w+\}/g, '[^/]+')}$`).test(plain);
    return this.operations
      .filter((operation) => operation.method === method && fits(operation))
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length)[0];
  }

  /** Asserts that a value fits a schema of the document. */
  expectFit(schema: object, value: unknown): void {
    const validate: ValidateFunction = this.#ajv.compile(inDocument(schema) as object);
    expect(validate(value) ? [] : validate.errors, JSON.stringify(value)).toEqual([]);
  }

  /** Asserts that an answer is one of those that the document promises for this request. */
  expectPromised(method: string, path: string, answer: TestAnswer): void {
    const operation = this.find(method, path);
    expect(operation, `${method} ${path}`).toBeDefined();
    const response = operation!.responses[answer.status];
    expect(response, `${operation!.operationId} answers ${answer.status}: ${answer.text}`).toBeDefined();
    const type = answer.headers['content-type']?.split(';')[0];
    const { content } = response!;
    expect(Object.keys(content ?? {}).length > 0).toBe(answer.text !== '');
    if (content === undefined) return;
    expect(Object.keys(content)).toContain(type);
    const { schema } = content[type!]!;
    if (type === 'application/json') {
      this.expectFit(schema, answer.body);
      this.expectNothingElse(schema, answer.body);
    } else if (type === 'text/plain') this.expectFit(schema, Number(answer.text));
  }

  /** Asserts that each member of an object, and of the objects in its `value`, is described. */
  expectNothingElse(schema: Json, body: Json): void {
    const { properties, additionalProperties } = this.#resolved(schema);
    if (properties === undefined || additionalProperties === true) return;
    expect(Object.keys(body).filter((name) => properties[name] === undefined && !/^.+@odata\.(context|type)$/.test(name))).toEqual([]);
    if (Array.isArray(body.value) && properties.value?.items !== undefined)
      for (const item of body.value) if (typeof item === 'object') this.expectNothingElse(properties.value.items, item);
  }
}

/** The same schema, with its references pointing into the document. */
const inDocument = (schema: object): unknown => JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'));
