import type {
  Access,
  ComplexType,
  EntityType,
  EnumType,
  Facets,
  NavigationDeclaration,
  OperationDeclaration,
  PropertyType,
} from './declare.ts';
import type { Row } from './primitive.ts';

/** Linking: declarations that name each other become a frozen model that can be walked and looked up without regard to case. */

/** A structural property with its name; inherited ones look like own ones. */
export interface Property extends Facets {
  readonly kind: 'property';
  readonly name: string;
  readonly type: PropertyType;
  readonly nullable: boolean;
  readonly collection: boolean;
}

/** A navigation property with its name and its target. */
export interface Navigation extends Omit<NavigationDeclaration, 'target'> {
  readonly name: string;
  readonly target: EntityType;
}

/** An entity or complex type with everything it inherits, in declaration order (base first). */
export interface Shape {
  readonly type: EntityType | ComplexType;
  readonly name: string;
  /** What has a column of its own, internal ones included. */
  readonly properties: readonly Property[];
  /** What clients see. */
  readonly visible: readonly Property[];
  /** The same in the order of JSON: the id first. */
  readonly written: readonly Property[];
  /** What is stored encrypted. */
  readonly secret: readonly Property[];
  /** What has no column of its own (`sparse-values.ts`). */
  readonly sparse: readonly Property[];
  readonly navigation: readonly Navigation[];
  /** By exact name, internal and sparse ones included. */
  readonly property: ReadonlyMap<string, Property>;
}

const shapes = new WeakMap<EntityType | ComplexType, Shape>();

/** The shape of a type; made once. */
export function shapeOf(type: EntityType | ComplexType): Shape {
  const known = shapes.get(type);
  if (known !== undefined) return known;
  const inherited = type.base === undefined ? undefined : shapeOf(type.base);
  const own = Object.entries(type.properties).map(
    ([name, declaration]): Property =>
      Object.freeze({
        kind: 'property',
        nullable: false,
        collection: false,
        ...declaration.facets,
        name,
        type: declaration.type,
      }),
  );
  const indexed = type.kind === 'entity' ? indexedNames(type) : [];
  const all = [...(inherited?.property.values() ?? [])]
    .filter((p) => !own.some((o) => o.name === p.name))
    .concat(own)
    .map((p) => (indexed.includes(p.name) ? bounded(p) : p));
  const ownNavigation = type.kind === 'complex' ? [] : Object.entries(type.navigation).map(([name, d]) => linkNavigation(name, d));
  const visible = all.filter((p) => p.internal !== true);
  const isSparse = (p: Property): boolean => p.sparse === true || p.unstored === true;
  const shape: Shape = Object.freeze({
    type,
    name: type.name,
    properties: all.filter((p) => !isSparse(p)),
    visible,
    written: [...visible.filter((p) => p.name === 'id'), ...visible.filter((p) => p.name !== 'id')],
    secret: all.filter((p) => p.secret === true),
    sparse: all.filter(isSparse),
    navigation: [...(inherited?.navigation ?? []), ...ownNavigation],
    property: new Map(all.map((p) => [p.name, p])),
  });
  shapes.set(type, shape);
  return shape;
}

/** Longest text of a property that is in an index: PostgreSQL's take no more than 2,704 bytes. */
export const INDEXED_TEXT = 512;

const indexedNames = ({ storage }: EntityType): readonly string[] =>
  storage === undefined ? [] : [...storage.key, ...(storage.indexes ?? []).flatMap(({ properties }) => properties)];

const bounded = (p: Property): Property =>
  p.type === 'Edm.String' && p.readOnly !== true && p.internal !== true ? Object.freeze({ maxLength: INDEXED_TEXT, ...p }) : p;

/** The target is looked up when first asked for, as types refer to each other. */
function linkNavigation(name: string, declaration: NavigationDeclaration): Navigation {
  const { target, ...rest } = declaration;
  return Object.freeze(Object.defineProperty({ ...rest, name }, 'target', { get: target, enumerable: true })) as Navigation;
}

/** Finds a visible property by name: exactly, else without regard to case (Graph clients rely on it; OData 4.01 adv 10). */
export function findProperty(type: EntityType | ComplexType, name: string): Property | undefined {
  const { visible } = shapeOf(type);
  const lower = name.toLowerCase();
  return visible.find((p) => p.name === name) ?? visible.find((p) => p.name.toLowerCase() === lower);
}

/** Finds a navigation property by name, exactly or without regard to case. @param model leaves out what it does not serve */
export function findNavigation(type: EntityType, name: string, model?: Model): Navigation | undefined {
  const navigation = model?.navigationOf(type) ?? shapeOf(type).navigation;
  const lower = name.toLowerCase();
  return navigation.find((n) => n.name === name) ?? navigation.find((n) => n.name.toLowerCase() === lower);
}

const ID: readonly string[] = Object.freeze(['id']);

/** The names of a type's key properties, in the order of publication. */
export const keyNames = (type: EntityType): readonly string[] => type.key ?? (type.base === undefined ? ID : keyNames(type.base));

/** Whether `type` is `base` or derives from it. */
export function isOrDerivesFrom(type: EntityType | ComplexType, base: EntityType | ComplexType): boolean {
  for (let t: EntityType | ComplexType | undefined = type; t !== undefined; t = t.base) if (t === base) return true;
  return false;
}

/** The type that a row of a table is of. */
export function variantOf(type: EntityType, row: Row): EntityType {
  const { variant } = type;
  return variant === undefined || (row[variant.property] ?? null) === null ? type : variant.type();
}

/** The name that clients see a type by. */
export const publishedName = (type: { readonly name: string; readonly publishedAs?: string }): string => type.publishedAs ?? type.name;

/** Whether a type has a published name of its own. */
export const isPublished = ({ publishedAs }: EntityType): boolean => publishedAs === undefined;

/** The column that tells of which type a row of a view is: its name without namespace. */
export const TYPE_COLUMN = '@type';

/** A root of the service: an entity set or a singleton (CSDL §13). */
export interface Root {
  readonly kind: 'entitySet' | 'singleton';
  readonly name: string;
  readonly type: EntityType;
  readonly access: Access;
  readonly capabilities: NavigationDeclaration['capabilities'];
}

/** What a model is made from. */
export interface ModelParts {
  readonly namespace: string;
  readonly enumTypes: readonly EnumType[];
  readonly complexTypes: readonly ComplexType[];
  /** Served types; `internal` ones are stored but have no URL and no metadata. */
  readonly entityTypes: readonly EntityType[];
  readonly internal: readonly EntityType[];
  readonly operations: readonly OperationDeclaration[];
  readonly roots: readonly Root[];
}

/** The linked model. */
export interface Model extends ModelParts {
  /** Finds an enum, complex or entity type by its name without namespace and without regard to case. */
  findType(name: string): EnumType | ComplexType | EntityType | undefined;
  findRoot(name: string): Root | undefined;
  /** The navigations of a type whose targets this model serves. */
  navigationOf(type: EntityType): readonly Navigation[];
  /** Operations bound to a type or one that it derives from, or to a collection of it. */
  operationsOf(type: EntityType, collection: boolean): readonly OperationDeclaration[];
  /** Concrete types that are `type` or derive from it. */
  concreteTypes(type: ComplexType): readonly ComplexType[];
  /** Every entity type that has a table. */
  readonly stored: readonly EntityType[];
}

/** Links declarations into a frozen model. */
export function linkModel(parts: ModelParts): Model {
  const types = new Map([...parts.enumTypes, ...parts.complexTypes, ...parts.entityTypes].map((t) => [t.name.toLowerCase(), t]));
  const roots = new Map(parts.roots.map((r) => [r.name.toLowerCase(), r]));
  return Object.freeze({
    ...parts,
    stored: [...parts.entityTypes, ...parts.internal].filter((t) => t.storage !== undefined),
    findType: (name: string) => types.get(name.toLowerCase()),
    findRoot: (name: string) => roots.get(name.toLowerCase()),
    navigationOf: (type: EntityType) => shapeOf(type).navigation.filter(({ target }) => parts.entityTypes.includes(target)),
    operationsOf: (type: EntityType, collection: boolean) =>
      parts.operations.filter((o) => isOrDerivesFrom(type, o.binding) && (o.bindingCollection ?? false) === collection),
    concreteTypes: (type: ComplexType) => parts.complexTypes.filter((t) => t.abstract !== true && isOrDerivesFrom(t, type)),
  });
}
