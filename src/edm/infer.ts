import type { ComplexType, EntityType, EnumType, OperationDeclaration, PropertyDeclaration, PropertyType } from './declare.ts';
import type { PrimitiveName, PrimitiveValues, Row, Value } from './primitive.ts';

/**
 * TypeScript types inferred from declarations: nothing is written twice. Code that names a type gets its columns; code that works with any
 * `EntityType` gets {@link Row}. `test/house/typed-rows.test-d.ts` shows what does not compile.
 */

/** The value of a property type: a primitive's, an enumeration's member names, a complex type's object. */
export type ValueOfType<T extends PropertyType> = T extends PrimitiveName
  ? PrimitiveValues[T]
  : T extends EnumType<infer M>
    ? Extract<keyof M, string>
    : T extends ComplexType
      ? InferComplex<T>
      : never;

/** The value of one property, with its collection and nullability. */
export type ValueOf<D> =
  D extends PropertyDeclaration<infer T, infer F>
    ? F extends { readonly collection: true }
      ? readonly ValueOfType<T>[] | (F extends { readonly nullable: true } ? null : never)
      : F extends { readonly nullable: true }
        ? ValueOfType<T> | null
        : ValueOfType<T>
    : never;

/** The declarations of a type's properties, inherited ones included. */
type AllProperties<T> =
  T extends EntityType<infer P, infer B> ? Merged<P, B> : T extends ComplexType<infer P, infer B> ? Merged<P, B> : never;
type Merged<P, B> = [B] extends [never] ? P : Omit<AllProperties<B>, keyof P> & P;

type Values<P> = { readonly [K in keyof P]: ValueOf<P[K]> };

/** A row of an entity type, internal columns included. Of a union of types it is the union of their rows. */
export type Infer<T extends EntityType> = T extends unknown
  ? string extends keyof T['properties']
    ? Row
    : Values<AllProperties<T>>
  : never;

/** An object of a complex type or of one that derives from it, as `@odata.type` then says. */
export type InferComplex<T extends ComplexType> = string extends keyof T['properties']
  ? Readonly<Record<string, Value>>
  : Values<AllProperties<T>> & { readonly '@odata.type'?: string };

/** The names of a type's columns. */
export type Column<T extends EntityType> = T extends unknown ? Extract<keyof Infer<T>, string> : never;

/** The names of the columns whose values are all of this type. */
export type ColumnOf<T extends EntityType, V> = T extends unknown
  ? string extends keyof T['properties']
    ? string
    : { [K in keyof Infer<T>]: Infer<T>[K] extends V ? Extract<K, string> : never }[keyof Infer<T>]
  : never;

/** The part of a row that these columns make up. */
export type Columns<T extends EntityType, K extends string> = T extends unknown
  ? string extends keyof T['properties']
    ? Row
    : Pick<Infer<T>, Extract<keyof Infer<T>, K>>
  : never;

/** What one parameter or result holds: `Edm.Stream` is bytes. */
type OperationValue<T> = T extends 'Edm.Stream'
  ? Uint8Array
  : T extends EntityType
    ? Infer<T>
    : T extends PropertyType
      ? ValueOfType<T>
      : never;

type Declared<D> = D extends { readonly type: infer T }
  ?
      | (D extends { readonly collection: true } ? readonly OperationValue<T>[] : OperationValue<T>)
      | (D extends { readonly nullable: true } ? null : never)
  : never;

/** The values of an operation's parameters: one that was left out has its default, or is null. */
export type ParametersOf<O extends OperationDeclaration> = string extends keyof O['parameters']
  ? Readonly<Record<string, unknown>>
  : { readonly [K in keyof O['parameters']]: Declared<O['parameters'][K]> };

/** What an operation answers with; unknown of a declaration that says no more than that it is one. */
export type ResultOf<O extends OperationDeclaration> = O extends { readonly returns: infer R }
  ? Declared<R>
  : 'returns' extends keyof O
    ? unknown
    : // biome-ignore lint/suspicious/noConfusingVoidType: what an async function without a result returns
      void;
