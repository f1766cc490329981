import type { EntityType } from '../../edm/declare.ts';
import { defaultValue } from '../../edm/default-value.ts';
import { rowLiteral } from '../../edm/document.ts';
import { type Model, type Navigation, type Property, publishedName, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { MetadataLevel } from '../headers/negotiate-format.ts';
import { cachePerType } from './cache-per-type.ts';
import { typeAnnotation, type ValueWriter, valueWriter } from './write-value.ts';

/** What is the same for all entities of one kind in an answer. Make one for all rows of an answer. */
export interface WriteContext {
  readonly model: Model;
  readonly type: EntityType;
  readonly level: MetadataLevel;
  /** Only these structural and navigation properties and parts of complex values, in the model's spelling; all of them when absent. */
  readonly select?: readonly string[];
  /** Writes `@odata.type` on the entity at level minimal too. */
  readonly typeAnnotation?: boolean;
  /** Answers null for properties with the `content` facet. */
  readonly nullContent?: boolean;
  /** Answers the default of properties with the `selectOnly` facet. */
  readonly defaultSelectOnly?: boolean;
  /** Answers `unknownFutureValue` for enumeration members behind it (Graph's evolvable enumerations). */
  readonly hideFutureMembers?: boolean;
  /** Writes Int64, Decimal and counts as texts (`IEEE754Compatible=true`, JSON Format §3.2). */
  readonly longNumbersAsText?: boolean;
}

/** The content of one expanded navigation property, already written. */
export interface Expansion {
  readonly value: JsonObject | readonly JsonObject[] | null;
  readonly context?: string;
  /** Of collections only. */
  readonly count?: number;
  readonly nextLink?: string;
}

/** What is different for each entity. */
export interface EntityExtras {
  /** `@odata.context`; only on the outermost object. */
  readonly context?: string;
  /** Canonical URL: what full metadata makes its links from. */
  readonly url?: string;
  readonly etag?: string;
  /** By navigation property. */
  readonly expanded?: Readonly<Record<string, Expansion>>;
}

/** JSON that is ready to be stringified. */
export type JsonObject = Record<string, unknown>;

type EntityWriter = (row: Row, extras: EntityExtras) => JsonObject;

const writers = new WeakMap<WriteContext, EntityWriter>();

/**
 * Writes one entity (OData JSON Format 4.01 §4.5, §7). Internal columns are never written; a property that the row lacks is
 * left out.
 * @param row values as held in memory
 */
export function writeEntity(row: Row, context: WriteContext, extras: EntityExtras = {}): JsonObject {
  let write = writers.get(context);
  if (write === undefined) {
    write = compile(context);
    writers.set(context, write);
  }
  return write(row, extras);
}

/** How entities look in an answer in which JSON has everything just as it is held. */
export interface AsHeld {
  /** The properties of an entity in their order. */
  readonly properties: readonly string[];
  /** The `@odata.type` that stands before them; empty where there is none. */
  readonly typeName: string;
  /** Makes the object of the answer from a row that has just these properties. */
  readonly object: (row: Row) => JsonObject;
}

const asHeld = new WeakMap<WriteContext, AsHeld | undefined>();

/** Whether entities are written as they are held, and what they have. @returns undefined where they are not */
export function writtenAsHeld(context: WriteContext): AsHeld | undefined {
  if (!asHeld.has(context)) asHeld.set(context, findAsHeld(context));
  return asHeld.get(context);
}

function findAsHeld(context: WriteContext): AsHeld | undefined {
  const { model, type, level, select } = context;
  if (level === 'full') return undefined;
  const selected = select === undefined ? undefined : selectedParts(select);
  const columns = columnsOf(type, model)(context).filter(({ name }) => selected === undefined || selected.has(name));
  const isAsHeld = ({ name, write }: Column): boolean =>
    write === undefined && (selected?.get(name) ?? 'whole') === 'whole' && shapeOf(type).property.get(name)?.computed !== true;
  if (!columns.every(isAsHeld)) return undefined;
  const [properties, typeName] = [columns.map(({ name }) => name), typeNameOf(context)];
  return { properties, typeName, object: typeName === '' ? (row) => row : rowLiteral(properties, { '@odata.type': typeName }) };
}

const typeNameOf = ({ model, type, level, typeAnnotation: always }: WriteContext): string =>
  level === 'full' || (level === 'minimal' && always === true) ? `#${model.namespace}.${publishedName(type)}` : '';

interface Column {
  readonly name: string;
  readonly write: ValueWriter | undefined;
  /** `name@odata.type` and its value, at level full where JSON does not tell the type. */
  readonly annotation: readonly [string, string] | undefined;
}

function compile(context: WriteContext): EntityWriter {
  const { model, type, level, select } = context;
  const selected = select === undefined ? undefined : selectedParts(select);
  const isSelected = ({ name }: { readonly name: string }) => selected === undefined || selected.has(name);
  const columns = columnsOf(
    type,
    model,
  )(context)
    .filter(isSelected)
    .map((column) => {
      const parts = selected?.get(column.name) ?? 'whole';
      return parts === 'whole' ? column : { ...column, write: partsWriter(column.write, parts) };
    });
  const typeName = typeNameOf(context);
  const addLinks = level === 'full' ? linkWriter(context, model.navigationOf(type).filter(isSelected)) : undefined;

  return (row, extras) => {
    const entity: JsonObject = {};
    if (level !== 'none') {
      if (extras.context !== undefined) entity['@odata.context'] = extras.context;
      if (typeName !== '') entity['@odata.type'] = typeName;
      if (level === 'full' && extras.url !== undefined) {
        entity['@odata.id'] = extras.url;
        entity['@odata.editLink'] = extras.url;
      }
      if (extras.etag !== undefined) entity['@odata.etag'] = extras.etag;
    }
    for (const { name, write, annotation } of columns) {
      const value = row[name];
      if (value === undefined) continue;
      if (annotation !== undefined && value !== null) entity[annotation[0]] = annotation[1];
      entity[name] = write === undefined || value === null ? value : write(value);
    }
    if (addLinks !== undefined && extras.url !== undefined) addLinks(entity, extras.url);
    if (extras.expanded !== undefined) addExpansions(entity, extras.expanded, context);
    return entity;
  };
}

/** All columns of a type, made once for each way of writing them, as every request brings a context of its own. */
const columnsOf = cachePerType((type: EntityType) => {
  const variants = new Map<string, readonly Column[]>();
  return (context: WriteContext): readonly Column[] => {
    const variant = `${context.level} ${context.nullContent === true} ${context.defaultSelectOnly === true} ${context.hideFutureMembers === true} ${context.longNumbersAsText === true}`;
    const known = variants.get(variant);
    if (known !== undefined) return known;
    const columns = shapeOf(type).written.map((property) => column(property, context));
    variants.set(variant, columns);
    return columns;
  };
});

function column(property: Property, context: WriteContext): Column {
  const { name, type, collection } = property;
  const isContent = context.nullContent === true && property.content === true;
  const isUnselected = context.defaultSelectOnly === true && property.selectOnly === true;
  const isLeftOut = isContent || isUnselected;
  const declared = context.level === 'full' && !isLeftOut ? typeAnnotation(type, collection, context.model) : undefined;
  const write = valueWriter({ type, collection }, context);
  const instead = isUnselected ? (defaultValue(property) ?? null) : null;
  const written = instead === null || write === undefined ? instead : write(instead);
  return {
    name,
    write: isLeftOut ? () => written : write,
    annotation: declared === undefined ? undefined : [`${name}@odata.type`, declared],
  };
}

/** Navigation links and available operations, which full metadata spells out. */
function linkWriter({ model, type, select }: WriteContext, navigation: readonly Navigation[]): (entity: JsonObject, url: string) => void {
  const operations = select === undefined ? advertisedOperations(model, type, false) : [];
  return (entity, url) => {
    for (const { name } of navigation) {
      entity[`${name}@odata.associationLink`] = `${url}/${name}/$ref`;
      entity[`${name}@odata.navigationLink`] = `${url}/${name}`;
    }
    for (const { member, title, segment } of operations) entity[member] = { title, target: `${url}/${segment}` };
  };
}

function addExpansions(
  entity: JsonObject,
  expanded: Readonly<Record<string, Expansion>>,
  { level, longNumbersAsText }: Pick<WriteContext, 'level' | 'longNumbersAsText'>,
): void {
  for (const [name, { context, count, nextLink, value }] of Object.entries(expanded)) {
    if (level !== 'none' && context !== undefined) entity[`${name}@odata.context`] = context;
    if (count !== undefined) entity[`${name}@odata.count`] = longNumbersAsText === true ? String(count) : count;
    if (nextLink !== undefined) entity[`${name}@odata.nextLink`] = nextLink;
    entity[name] = value;
  }
}

/** What of a property is selected: all of it, or these paths inside its complex value. */
type Selected = 'whole' | readonly string[];

/** Selected paths by the property that they start with. */
function selectedParts(select: readonly string[]): ReadonlyMap<string, Selected> {
  const parts = new Map<string, string[]>();
  for (const path of select) {
    const [name, ...rest] = path.split('/') as [string, ...string[]];
    const inside = parts.get(name) ?? [];
    if (rest.length > 0) inside.push(rest.join('/'));
    parts.set(name, inside);
  }
  return new Map([...parts].map(([name, inside]) => [name, inside.length === 0 ? 'whole' : inside]));
}

/** Writes only the selected parts of what another writer writes. Casts only say which type a part belongs to. */
function partsWriter(write: ValueWriter | undefined, paths: readonly string[]): ValueWriter {
  const parts = selectedParts(paths.map((path) => path.replaceAll(/[^/]*\.[^/]*\//g, '')));
  const prune = (value: Value, of: ReadonlyMap<string, Selected>): Value => {
    if (Array.isArray(value)) return value.map((item) => prune(item as Value, of));
    if (value === null || typeof value !== 'object') return value;
    const kept = Object.entries(value as Readonly<Record<string, Value>>).flatMap(([key, member]): [string, Value][] => {
      const selected = key.startsWith('@') ? 'whole' : of.get(key.split('@')[0]!);
      if (selected === undefined) return [];
      return [[key, selected === 'whole' || key.includes('@') ? member : prune(member, selectedParts(selected))]];
    });
    return Object.fromEntries(kept);
  };
  return (value) => prune(write === undefined ? value : write(value), parts);
}

/** An operation as full metadata offers it: what its member is called, and what stands behind the URL of what it is bound to. */
interface AdvertisedOperation {
  readonly member: string;
  readonly title: string;
  readonly segment: string;
}

/**
 * The operations that can be called on an entity of a type, or on a collection of it (JSON Format 4.01, advertised bound actions
 * and functions). Parameters of functions are to be filled in as aliases.
 */
export const advertisedOperations = (model: Model, type: EntityType, collection: boolean): readonly AdvertisedOperation[] =>
  model
    .operationsOf(type, collection)
    .filter(({ undocumented }) => undocumented !== true)
    .map(({ kind, name, parameters }) => {
      const title = `${model.namespace}.${name}`;
      const names = kind === 'function' ? Object.keys(parameters) : [];
      if (names.length === 0) return { member: `#${title}`, title, segment: kind === 'function' ? `${title}()` : title };
      return { member: `#${title}(${names.join()})`, title, segment: `${title}(${names.map((p) => `${p}=@${p}`).join()})` };
    });

/** A page of a collection. */
interface CollectionParts {
  readonly level: MetadataLevel;
  /** Writes the count as text (`IEEE754Compatible=true`, JSON Format §3.2). */
  readonly longNumbersAsText?: boolean | undefined;
  readonly context: string;
  /** Rows behind the filter, when the client asked for them. */
  readonly count?: number | undefined;
  /** What can be called on the collection, and its URL: written at level full. */
  readonly operations?: { readonly url: string; readonly offered: readonly AdvertisedOperation[] };
  /** Absent on the last page: never null (Graph clients page until it is gone). */
  readonly nextLink?: string | undefined;
  /** Written entities, values or references. */
  readonly value: readonly unknown[];
}

/**
 * Wraps a page (OData JSON Format 4.01, control information `context`, `count` and `nextLink`). Count and next link stay at
 * level none, as the standard asks.
 */
export function writeCollection({ level, longNumbersAsText, context, count, operations, nextLink, value }: CollectionParts): JsonObject {
  const page: JsonObject = {};
  if (level !== 'none') page['@odata.context'] = context;
  if (count !== undefined) page['@odata.count'] = longNumbersAsText === true ? String(count) : count;
  if (nextLink !== undefined) page['@odata.nextLink'] = nextLink;
  if (level === 'full' && operations !== undefined) {
    for (const { member, title, segment } of operations.offered) page[member] = { title, target: `${operations.url}/${segment}` };
  }
  page.value = value;
  return page;
}
