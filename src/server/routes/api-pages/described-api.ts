import { AppError } from '../../../lib/app-error.ts';

/** An operation with what the document says of it elsewhere. */
export interface DescribedOperation {
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  readonly path: string;
  readonly group: string;
  readonly object: OperationObject;
  /** Those of its path, too. */
  readonly parameters: readonly ParameterObject[];
  /** By status. */
  readonly responses: readonly (readonly [status: string, response: ResponseObject])[];
  /** Any one of them is enough; empty where any token is. */
  readonly permissions: readonly string[];
  /** What a search looks at, in lower case. */
  readonly searched: string;
}

/** Operations on the same resource. */
export interface Group {
  readonly name: string;
  readonly operations: readonly DescribedOperation[];
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const SCHEMAS = '#/components/schemas/';

/** An OpenAPI document as its pages look at it: operations and schemas by name, and who uses which schema. */
export class DescribedApi {
  readonly version: string;
  readonly document: OpenApiDocument;
  readonly operations: ReadonlyMap<string, DescribedOperation>;
  /** By name, in order. */
  readonly groups: readonly Group[];
  readonly schemas: ReadonlyMap<string, SchemaObject>;
  #uses: ReadonlyMap<string, SchemaUses> | undefined;

  /** @param version first segment of its URLs: `beta` */
  constructor(version: string, document: OpenApiDocument) {
    this.version = version;
    this.document = document;
    this.schemas = new Map(Object.entries(document.components.schemas));
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method] !== undefined).map((method) => this.#operation(path, method)),
    );
    this.operations = new Map(operations.map((operation) => [operation.id, operation]));
    const byGroup = Map.groupBy(operations, ({ group }) => group);
    this.groups = [...byGroup].map(([name, members]) => ({ name, operations: members })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #operation(path: string, method: string): DescribedOperation {
    const item = this.document.paths[path]!;
    const object = item[method]!;
    const permissions = [...new Set(object.security.flatMap((row) => Object.values(row).flat()))];
    return {
      id: object.operationId,
      method: method.toUpperCase(),
      path,
      group: object.tags[0]!,
      object,
      parameters: [...(item.parameters ?? []), ...(object.parameters ?? [])].map((parameter) => this.#resolved(parameter)),
      responses: Object.entries(object.responses).map(([status, response]) => [status, this.#resolved(response)]),
      permissions,
      searched: [method, path, object.summary, object.operationId, ...permissions].join('\n').toLowerCase(),
    };
  }

  #resolved<T extends ParameterObject | ResponseObject>(value: T | Reference): T {
    if (!('$ref' in value)) return value;
    const names = value.$ref.slice(2).split('/');
    return names.reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], this.document) as T;
  }

  /** The schema of a name. @throws internal when the document has none */
  schema(name: string): SchemaObject {
    const schema = this.schemas.get(name);
    if (schema === undefined) throw new AppError('internal', `The OpenAPI document refers to the schema '${name}', which it has not.`);
    return schema;
  }

  /** What uses a schema by its name. Found for all schemas when it is first asked for. */
  usesOf(name: string): SchemaUses {
    this.#uses ??= findUses(this);
    return this.#uses.get(name) ?? NO_USES;
  }
}

/** Who uses a schema by its name, errors excepted: their schema is everywhere. */
interface SchemaUses {
  readonly operations: readonly DescribedOperation[];
  readonly schemas: readonly string[];
}

const NO_USES: SchemaUses = { operations: [], schemas: [] };

/** The name of the schema that a reference leads to. */
export const schemaNameOf = (reference: string): string => reference.slice(SCHEMAS.length);

function findUses(api: DescribedApi): ReadonlyMap<string, SchemaUses> {
  const uses = new Map<string, { operations: DescribedOperation[]; schemas: string[] }>();
  const named = (part: unknown): ReadonlySet<string> =>
    new Set([...(JSON.stringify(part) ?? '').matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!));
  const usesOf = (name: string) => {
    const known = uses.get(name) ?? { operations: [], schemas: [] };
    uses.set(name, known);
    return known;
  };
  for (const [name, schema] of api.schemas) for (const used of named(schema)) usesOf(used).schemas.push(name);
  for (const operation of api.operations.values()) {
    const { requestBody, responses } = operation.object;
    for (const used of named([requestBody, responses])) usesOf(used).operations.push(operation);
  }
  return uses;
}

/** The parts of an OpenAPI 3.1 document that its pages show, as `api/openapi` writes them. */

/** A JSON Schema. */
export interface SchemaObject {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaObject>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaObject;
  readonly items?: SchemaObject;
  readonly allOf?: readonly SchemaObject[];
  readonly anyOf?: readonly SchemaObject[];
  readonly oneOf?: readonly SchemaObject[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
}

/** What a body consists of, by media type. */
type ContentObject = Readonly<Record<string, { readonly schema: SchemaObject }>>;

export interface ParameterObject {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: SchemaObject;
}

export interface ResponseObject {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description?: string }>>;
  readonly content?: ContentObject;
}

/** The name of something in `components`. */
interface Reference {
  readonly $ref: string;
}

interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly parameters?: readonly (ParameterObject | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: ContentObject };
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

/** Methods by their names in lower case, and the parameters that all of them have. */
type PathItem = Readonly<Record<string, OperationObject>> & { readonly parameters?: readonly ParameterObject[] };

export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly summary: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, SchemaObject>>;
    readonly securitySchemes: Readonly<Record<string, { readonly description?: string }>>;
  };
}
