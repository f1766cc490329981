import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { default as addFormats } from 'ajv-formats';
import { expect } from 'vitest';
import type { TestAnswer } from './in-process-api.ts';

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
  readonly #templates: readonly { readonly template: string; readonly pattern: RegExp }[];
  readonly #ajv = withFormats(new Ajv2020({ strict: false, allErrors: true }));
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(json: Json) {
    this.json = json;
    this.#ajv.addSchema(json, 'openapi');
    this.#templates = Object.keys(json.paths)
      .map((template) => ({
        template,
        pattern: this.#patternOf(template),
        parameters: template.split('{').length,
      }))
      .sort((a, b) => a.parameters - b.parameters);
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

  /** Names match without regard to case; a parameter with an enumeration matches no other value. */
  #patternOf(template: string): RegExp {
    const parameters: Json[] = this.json.paths[template].parameters ?? [];
    const valuesOf = (name: string): string => parameters.find((one) => one.name === name)?.schema.enum?.join('|') ?? '[^/]+';
    const text = template.replace(/[$()'.]/g, '\\$&').replace(/\{(\w+)\}/g, (_, name: string) => `(?:${valuesOf(name)})`);
    return new RegExp(`^${text}$`, 'i');
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

  /** The operation that a request is, on the path of {@link templateOf}. */
  find(method: string, path: string): DescribedOperation | undefined {
    const template = this.templateOf(path);
    return this.operations.find((operation) => operation.method === method && operation.template === template);
  }

  /** The path of the document that a request's path is: the one with the fewest parameters that fits. */
  templateOf(path: string): string | undefined {
    const plain = path.split('?')[0]!.replace(/\/$/, '');
    return this.#templates.find(({ pattern }) => pattern.test(plain))?.template;
  }

  /** Asserts that a value fits a schema of the document. */
  expectFit(schema: object, value: unknown): void {
    expect(this.misfits(schema, value), JSON.stringify(value)).toEqual([]);
  }

  /** What of a value does not fit a schema of the document. */
  misfits(schema: object, value: unknown): readonly string[] {
    const key = JSON.stringify(schema);
    const validate = this.#validators.get(key) ?? this.#ajv.compile(inDocument(schema) as object);
    this.#validators.set(key, validate);
    return validate(value)
      ? []
      : validate.errors!.map(({ instancePath, schemaPath, message }) => `${instancePath} ${message} (${schemaPath})`);
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

/** `contentEncoding` and formats of numbers are notes; formats of texts are rules. */
const withFormats = (ajv: Ajv2020): Ajv2020 => {
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  return ajv;
};

/** The same schema, with its references pointing into the document. */
const inDocument = (schema: object): unknown => JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components'));
