import type { PrimitiveName, Value } from './primitive.ts';

/** Declarations: what a file under `src/model` writes down. Plain frozen data; `link.ts` makes it navigable. */

/** An enumeration (CSDL §10). Member numbers are the published ones. */
export interface EnumType<M extends Readonly<Record<string, number>> = Readonly<Record<string, number>>> {
  readonly kind: 'enum';
  readonly name: string;
  readonly members: M;
}

/** The member that stands for members newer than the client (Graph's evolvable enumerations). */
export const UNKNOWN_FUTURE_VALUE = 'unknownFutureValue';

/** Whether a member stands behind {@link UNKNOWN_FUTURE_VALUE}: only clients that ask for such members are shown them. */
export const isFutureMember = ({ members }: EnumType, name: string): boolean =>
  members[name]! > (members[UNKNOWN_FUTURE_VALUE] ?? Number.POSITIVE_INFINITY);

/** What a property holds: a primitive, an enumeration, or a complex type. */
export type PropertyType = PrimitiveName | EnumType | ComplexType;

/** Facets and rules of a property. Absent means: nullable false, single valued, writable, optional. */
export interface Facets {
  readonly nullable?: boolean;
  readonly collection?: boolean;
  /** A collection that holds each of its values once, such as ids: what is sent again is left out. */
  readonly distinct?: boolean;
  /** Set by the server alone; a value sent by a client is ignored (DESIGN: read-only scalars are never an error). */
  readonly readOnly?: boolean;
  /** A create without it is 400. */
  readonly required?: boolean;
  /** A text or binary that may not be empty. */
  readonly notEmpty?: boolean;
  /** Longest text, in characters (UTF-16 code units). */
  readonly maxLength?: number;
  /** Longest binary, in decoded bytes. */
  readonly maxBytes?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Value of a create that does not name the property. */
  readonly default?: Value;
  /** `$search` looks here. */
  readonly searchable?: boolean;
  /** Script bytes and the like: left null in lists by the `service` profile. */
  readonly content?: boolean;
  /** Answered as its default unless a read of one entity selects it by name. */
  readonly selectOnly?: boolean;
  /** A stored column that no client ever sees. */
  readonly internal?: boolean;
  /** Made from other rows and the time whenever it is read (`domain/reading/domain-store.ts`): it cannot be filtered or ordered by. */
  readonly computed?: boolean;
  /** Few entities have a value of it: kept in one column with all others like it (`sparse-values.ts`). */
  readonly sparse?: boolean;
  /** Taken from clients, but not kept: it is always answered as its default. */
  readonly unstored?: boolean;
  /** Stored encrypted (`sealed.ts`): no query can look into it, and who reads it is written down. Texts, or collections of them. */
  readonly secret?: boolean;
  /** Shape of the text of a stored id: `uuid` is kept in 16 bytes. */
  readonly format?: 'uuid';
  /** Kept and answered as written, but compared, ordered and looked up without regard to the case of ASCII letters. */
  readonly caseless?: boolean;
}

/** One structural property (CSDL §7). */
export interface PropertyDeclaration<T extends PropertyType = PropertyType, F extends Facets = Facets> {
  readonly kind: 'property';
  readonly type: T;
  readonly facets: F;
}

export type Properties = Readonly<Record<string, PropertyDeclaration>>;

/** A complex type (CSDL §9). Derived types are found through the linked model. */
export interface ComplexType<P extends Properties = Properties, B = unknown> {
  readonly kind: 'complex';
  readonly name: string;
  readonly base?: ComplexType;
  /** Exists for the compiler alone, which knows a type's base by it. */
  readonly inherits?: B;
  readonly abstract?: boolean;
  /** The type's own properties, without those of its base. */
  readonly properties: P;
}

/** Permission names that allow an operation; any one is enough. */
export type Permissions = readonly string[];

/** Who may do what with a navigation's target. A missing entry is taken from the parent path. */
export interface Access {
  readonly read?: Permissions;
  /** POST, PATCH, DELETE and actions, unless named below. */
  readonly write?: Permissions;
  readonly create?: Permissions;
  readonly update?: Permissions;
  readonly delete?: Permissions;
  /** Those among the names here that the service took until 2025, and those that it takes since then. */
  readonly until2025?: Permissions;
  readonly since2025?: Permissions;
  /** What a create needs by the pages that Muster was first made from, and whether they know it with a user alone. */
  readonly seedCreate?: { readonly permissions: Permissions; readonly delegatedOnly: boolean };
  /** By name of an action or function; others need `write` and `read`. */
  readonly operations?: Readonly<Record<string, Permissions>>;
}

/** What can be asked of a navigation's target. */
export type Capability = 'list' | 'get' | 'create' | 'update' | 'delete' | 'reference';

/** Many-to-many: rows of `link` stand between. `join` is then property of the link → property of the source. */
export interface Through {
  readonly link: () => EntityType;
  /** Property of the link that holds the target's id. */
  readonly linkTo: string;
  /** Goes on from what is found, until nothing new is. */
  readonly transitive?: boolean;
}

/** A navigation property (CSDL §8), with what the store needs to follow it. */
export interface NavigationDeclaration<T extends EntityType = EntityType> {
  readonly kind: 'navigation';
  /** A thunk, as types refer to each other. */
  readonly target: () => T;
  readonly collection: boolean;
  readonly contained: boolean;
  readonly nullable: boolean;
  /** Property of the target → property of the source that it equals. */
  readonly join: Readonly<Record<string, string>>;
  /** Further conditions on the target: property → value. */
  readonly fixed: Readonly<Record<string, Value>>;
  readonly through?: Through;
  readonly capabilities: readonly Capability[];
  readonly access: Access;
  /**
   * Types that share ids and children, the target among them: what hangs from any of their entities, and its operations, can be reached
   * through this navigation, though only the target's entities themselves can.
   */
  readonly siblings?: () => readonly EntityType[];
}

export type Navigations = Readonly<Record<string, NavigationDeclaration>>;

/** An index: property names in order; `where` keeps it partial. A primary key comes from `Storage.key`. */
export interface Index {
  readonly properties: readonly string[];
  readonly where?: Readonly<Record<string, Value>>;
}

/** How instances are stored. */
export interface Storage {
  /** Primary key behind the tenant. */
  readonly key: readonly string[];
  readonly indexes?: readonly Index[];
  /**
   * Counters of one row are added to by very many writers. A store may hold them in several slots, which reads add up, or in memory for a
   * group of writes; all numbers that are not in the key start with 0.
   */
  readonly slotted?: boolean;
  /** Belongs to no tenant (bookkeeping of the server itself). */
  readonly global?: boolean;
  /** Has no rows of its own, but those of all stored types that derive from it; never written. */
  readonly view?: boolean;
  /** Every tenant has exactly one row, whose id is the tenant's. */
  readonly perTenant?: boolean;
  /** A property that names an entity in URLs too, where the key is no UUID. */
  readonly alternateKey?: string;
  /**
   * Rows are kept as the JSON text that they are answered with (`document.ts`), beside columns for what is indexed, compared as
   * something else than JSON has it, or internal. For types with very many rows that are read as they are.
   */
  readonly document?: boolean;
}

/** An entity type (CSDL §6). */
export interface EntityType<P extends Properties = Properties, B = unknown> {
  readonly kind: 'entity';
  readonly name: string;
  readonly base?: EntityType;
  /** Exists for the compiler alone, which knows a type's base by it. */
  readonly inherits?: B;
  readonly abstract?: boolean;
  /** The name of the type that clients see its entities as: it stores some of them apart, and is not published itself. */
  readonly publishedAs?: string;
  /** Its key where that is not `id` alone (CSDL §6.5), in the order of publication. */
  readonly key?: readonly string[];
  /** The type's own properties, without those of its base. Internal ones carry the facet. */
  readonly properties: P;
  readonly navigation: Navigations;
  readonly storage?: Storage;
  /**
   * A derived type without rows of its own: those of this type that have a value of the internal property are of the derived one, which
   * shows it under the same name.
   */
  readonly variant?: { readonly property: string; readonly type: () => EntityType };
  /** Types that the real service answers in a way of their own: scripts, scope tags (`api/request/profile.ts`), and objects of the directory. */
  readonly family?: 'script' | 'scopeTag' | 'directory';
  /**
   * The category of the audit events that changes through the API make; {@link AUDIT_CATEGORY} unless said. False: no
   * administrative object but the history of one, whose changes make none.
   */
  readonly audit?: string | false;
}

/** The audit category of most of what is administered. */
export const AUDIT_CATEGORY = 'DeviceConfiguration';

/** What an operation takes or returns. */
type OperationType = PrimitiveName | EnumType | ComplexType | EntityType;

/** A parameter of an operation (CSDL §12.9). */
export interface OperationParameter {
  readonly type: OperationType;
  readonly collection?: boolean;
  readonly nullable?: boolean;
  /** Makes the parameter optional. One of an action that is nullable is optional without it. */
  readonly default?: Value;
}

/** What an operation returns (CSDL §12.8). `Edm.Stream` is bytes. */
export interface OperationResult {
  readonly type: OperationType | 'Edm.Stream';
  readonly collection?: boolean;
  readonly nullable?: boolean;
}

/** A bound action or function (CSDL §12). What it does is in `domain/operations.ts`. */
export interface OperationDeclaration {
  readonly kind: 'action' | 'function';
  readonly name: string;
  readonly binding: EntityType;
  readonly bindingCollection?: boolean;
  readonly parameters: Readonly<Record<string, OperationParameter>>;
  readonly returns?: OperationResult;
  /** Answered, but not part of `$metadata` (superseded). */
  readonly undocumented?: boolean;
}

/** Declares an enumeration. */
export const enumType = <const M extends Readonly<Record<string, number>>>(name: string, members: M): EnumType<M> =>
  Object.freeze({ kind: 'enum', name, members: Object.freeze(members) });

/** Declares a complex type. */
export const complexType = <const P extends Properties, B extends ComplexType = never>(
  name: string,
  declaration: { readonly properties: P; readonly base?: B; readonly abstract?: boolean },
): ComplexType<P, B> => Object.freeze({ kind: 'complex', name, ...declaration });

/** Declares an entity type. Its key is `id`, inherited from `entity` or declared by itself, unless it names another. */
export const entityType = <const P extends Properties, B extends EntityType = never>(
  name: string,
  declaration: {
    readonly properties: P;
    readonly navigation?: Navigations;
    readonly base?: B;
    readonly abstract?: boolean;
    readonly publishedAs?: string;
    readonly key?: readonly string[];
    readonly storage?: Storage;
    readonly variant?: EntityType['variant'] & {};
    readonly family?: 'script' | 'scopeTag' | 'directory';
    readonly audit?: string | false;
  },
): EntityType<P, B> => Object.freeze({ kind: 'entity', name, navigation: {}, ...declaration });

type OperationParts = Omit<OperationDeclaration, 'kind' | 'name'>;

/** Declares a bound action: it may change things, and is called with POST. */
export const action = <const P extends OperationParts>(name: string, parts: P): { readonly kind: 'action'; readonly name: string } & P =>
  Object.freeze({ kind: 'action', name, ...parts });

/** Declares a bound function: it changes nothing, and is called with GET. */
export const boundFunction = <const P extends OperationParts>(
  name: string,
  parts: P,
): { readonly kind: 'function'; readonly name: string } & P => Object.freeze({ kind: 'function', name, ...parts });

/** A property of any type; the named builders below are shorter. */
export const property = <T extends PropertyType, const F extends Facets = Record<never, never>>(
  type: T,
  facets?: F,
): PropertyDeclaration<T, F> => Object.freeze({ kind: 'property', type, facets: Object.freeze(facets ?? ({} as F)) });

const builder =
  <T extends PrimitiveName>(type: T) =>
  <const F extends Facets = Record<never, never>>(facets?: F): PropertyDeclaration<T, F> =>
    property(type, facets);

export const string = builder('Edm.String');
export const boolean = builder('Edm.Boolean');
export const int32 = builder('Edm.Int32');
export const int64 = builder('Edm.Int64');
export const dateTimeOffset = builder('Edm.DateTimeOffset');
export const binary = builder('Edm.Binary');
export const duration = builder('Edm.Duration');
export const date = builder('Edm.Date');
export const timeOfDay = builder('Edm.TimeOfDay');
export const guid = builder('Edm.Guid');

const noMembers = complexType('sparseValues', { properties: {} });

/** The column of a type's sparse properties (`sparse-values.ts`). */
export const sparseColumn = { sparseValues: property(noMembers, { nullable: true, internal: true }) } as const;

type NavigationOptions = Partial<Omit<NavigationDeclaration, 'kind' | 'target' | 'collection' | 'contained'>>;

const navigation = (
  shape: Pick<NavigationDeclaration, 'collection' | 'contained' | 'capabilities'>,
  target: () => EntityType,
  options: NavigationOptions,
): NavigationDeclaration =>
  Object.freeze({ kind: 'navigation', nullable: true, join: {}, fixed: {}, access: {}, ...shape, target, ...options });

/** A collection whose items live and die with their parent. */
export const containedMany = (target: () => EntityType, options: NavigationOptions): NavigationDeclaration =>
  navigation({ collection: true, contained: true, capabilities: ['list', 'get', 'create', 'update', 'delete'] }, target, options);

/** A single item that lives and dies with its parent. */
export const containedOne = (target: () => EntityType, options: NavigationOptions): NavigationDeclaration =>
  navigation({ collection: false, contained: true, capabilities: ['get', 'update', 'delete'] }, target, options);

/** A reference to an item that lives elsewhere. */
export const referenceOne = (target: () => EntityType, options: NavigationOptions): NavigationDeclaration =>
  navigation({ collection: false, contained: false, capabilities: ['get'] }, target, options);

/** References to items that live elsewhere. */
export const referenceMany = (target: () => EntityType, options: NavigationOptions): NavigationDeclaration =>
  navigation({ collection: true, contained: false, capabilities: ['list', 'get'] }, target, options);
