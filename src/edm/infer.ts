import type { ComplexType, EntityType, EnumType, OperationDeclaration, PropertyDeclaration, PropertyType } from './declare.ts';
import type { PrimitiveName, PrimitiveValues, Row } from './primitive.ts';

/** TypeScript types inferred from declarations: nothing is written twice. */

/** The value of a property type: a primitive's, an enumeration's member names, a complex type's object. */
export type ValueOfType<T extends PropertyType> = T extends PrimitiveName
  ? PrimitiveValues[T]
  : T extends EnumType<infer M>
    ? Extract<keyof M, string>
    : T extends ComplexType
      ? { readonly '@odata.type'?: string } & Readonly<Record<string, unknown>>
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

type OwnProperties<T> = T extends EntityType<infer P> ? P : T extends ComplexType<infer P> ? P : never;

/** An instance of a declared type, internal columns included. `id` comes from the abstract base `entity`. */
export type Infer<T extends EntityType | ComplexType> = {
  readonly [K in keyof OwnProperties<T>]: ValueOf<OwnProperties<T>[K]>;
} & (T extends EntityType ? { readonly id: string } : unknown);

/** What one parameter or result holds: entities are rows, `Edm.Stream` is bytes. */
type OperationValue<T> = T extends 'Edm.Stream' ? Uint8Array : T extends EntityType ? Row : T extends PropertyType ? ValueOfType<T> : never;

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
