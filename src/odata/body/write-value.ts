import { type ComplexType, type EnumType, isFutureMember, type PropertyType, UNKNOWN_FUTURE_VALUE } from '../../edm/declare.ts';
import { type Model, shapeOf } from '../../edm/link.ts';
import type { Value } from '../../edm/primitive.ts';

/** Turns a value other than null from its form in memory into its form in JSON. */
export type ValueWriter = (value: Value) => Value;

/** The part of a write context that values depend on. */
export interface ValueContext {
  readonly model: Model;
  readonly level: 'none' | 'minimal' | 'full';
  readonly hideFutureMembers?: boolean;
  /** Writes Int64 and Decimal as texts (`IEEE754Compatible=true`, JSON Format §3.2). */
  readonly longNumbersAsText?: boolean;
}

/** What a value is declared to be. */
export interface ValueType {
  readonly type: PropertyType;
  readonly collection?: boolean;
}

/** Types that JSON shows by itself, so that full metadata needs no annotation. */
const SELF_EXPLAINING: ReadonlySet<PropertyType> = new Set<PropertyType>(['Edm.Boolean', 'Edm.String', 'Edm.Int32', 'Edm.Double']);

/**
 * The `@odata.type` that full metadata puts beside a property (JSON Format, control information `type`), for example
 * `#DateTimeOffset` or `#Collection(String)`; undefined where none is needed, or where the complex value holds its own.
 */
export function typeAnnotation(type: PropertyType, collection: boolean, model: Model): string | undefined {
  if (!collection && (SELF_EXPLAINING.has(type) || (typeof type === 'object' && type.kind === 'complex'))) return undefined;
  const name = typeof type === 'string' ? type.slice('Edm.'.length) : `${model.namespace}.${type.name}`;
  return collection ? `#Collection(${name})` : `#${name}`;
}

/**
 * Makes the writer of a value. Most values look the same in memory and in JSON.
 * @returns undefined when the value can be written as it is
 */
export function valueWriter({ type, collection = false }: ValueType, context: ValueContext): ValueWriter | undefined {
  const item = itemWriter(type, context);
  if (item === undefined || !collection) return item;
  return (values) => (values as readonly Value[]).map((value) => (value === null ? null : item(value)));
}

function itemWriter(type: PropertyType, context: ValueContext): ValueWriter | undefined {
  if (type === 'Edm.Double') return writeDouble;
  if (type === 'Edm.Int64' || type === 'Edm.Decimal') return context.longNumbersAsText === true ? String : undefined;
  if (typeof type === 'string') return undefined;
  if (type.kind === 'complex') return complexWriter(type, context);
  return context.hideFutureMembers === true ? enumWriter(type) : undefined;
}

/** JSON has no infinities and no NaN (JSON Format §7.1). */
const writeDouble: ValueWriter = (value) => {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF';
};

function enumWriter(type: EnumType): ValueWriter | undefined {
  const hidden = new Set<Value>(Object.keys(type.members).filter((name) => isFutureMember(type, name)));
  return hidden.size === 0 ? undefined : (value) => (hidden.has(value) ? UNKNOWN_FUTURE_VALUE : value);
}

/** Complex values carry their `@odata.type` where the type is not plain from the declaration; level none drops it. */
function complexWriter(declared: ComplexType, context: ValueContext): ValueWriter | undefined {
  if (context.level === 'minimal' && !needsRewriting(declared, context, new Set())) return undefined;
  const members = new Map<ComplexType, ReadonlyMap<string, MemberWriter>>(); // filled when needed, as a type may hold itself
  return (value) => {
    const sent = value as Readonly<Record<string, Value>>;
    const annotation = sent['@odata.type'];
    const type = (typeof annotation === 'string' ? concreteType(annotation, context.model) : undefined) ?? declared;
    const writers = members.get(type) ?? memberWriters(type, context);
    members.set(type, writers);
    const out: Record<string, Value> = {};
    if (context.level === 'full') out['@odata.type'] = `#${context.model.namespace}.${type.name}`;
    else if (context.level === 'minimal' && annotation !== undefined) out['@odata.type'] = annotation;
    for (const [name, { write, declared: named }] of writers) {
      const member = sent[name];
      if (member === undefined) continue;
      if (named !== undefined && member !== null) out[`${name}@odata.type`] = named;
      out[name] = write === undefined || member === null ? member : write(member);
    }
    return out;
  };
}

interface MemberWriter {
  readonly write: ValueWriter | undefined;
  readonly declared: string | undefined;
}

const memberWriters = (type: ComplexType, context: ValueContext): ReadonlyMap<string, MemberWriter> =>
  new Map(
    shapeOf(type).visible.map((property) => [
      property.name,
      {
        write: valueWriter(property, context),
        declared: context.level === 'full' ? typeAnnotation(property.type, property.collection, context.model) : undefined,
      },
    ]),
  );

function concreteType(annotation: string, model: Model): ComplexType | undefined {
  const type = model.findType(annotation.slice(annotation.lastIndexOf('.') + 1));
  return type?.kind === 'complex' ? type : undefined;
}

/** Whether some value of the type differs from its form in memory. */
function needsRewriting(declared: ComplexType, context: ValueContext, seen: Set<ComplexType>): boolean {
  return [declared, ...context.model.concreteTypes(declared)].some((type) => {
    if (seen.has(type)) return false;
    seen.add(type);
    return shapeOf(type).visible.some(({ type: member }) =>
      typeof member === 'object' && member.kind === 'complex'
        ? needsRewriting(member, context, seen)
        : itemWriter(member, context) !== undefined,
    );
  });
}

/**
 * Writes the answer that is one value: a property (`…/displayName`), or what an operation returns.
 * @param value as held in memory, not null (a null value is answered 204, without a body)
 * @returns `{"value": …}`, or the members of a single complex value
 */
export function writeValue(value: Value, type: ValueType, context: ValueContext & { readonly context?: string }): Record<string, unknown> {
  const written = valueWriter(type, context)?.(value) ?? value;
  const head = context.level === 'none' || context.context === undefined ? {} : { '@odata.context': context.context };
  const isObject = typeof written === 'object' && written !== null && !Array.isArray(written);
  return isObject ? { ...head, ...written } : { ...head, value: written };
}
