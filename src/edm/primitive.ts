/**
 * The Entity Data Model's type system (OData CSDL 4.01 §3–§12): primitive values, declarations, inferred TypeScript
 * types and the linked, frozen model. Imports `lib` only. Start with `declare.ts`; the served types are in `src/model`.
 */

/** The primitive types that Muster serves (CSDL §3.3). */
export type PrimitiveName =
  | 'Edm.Binary'
  | 'Edm.Boolean'
  | 'Edm.Date'
  | 'Edm.DateTimeOffset'
  | 'Edm.Decimal'
  | 'Edm.Double'
  | 'Edm.Duration'
  | 'Edm.Guid'
  | 'Edm.Int32'
  | 'Edm.Int64'
  | 'Edm.String'
  | 'Edm.TimeOfDay';

/**
 * How each primitive is held in memory. Dates, times and durations stay the text they came as (so that a value is answered
 * as it was written); binary is canonical base64; 64-bit integers are JavaScript numbers and limited to ±(2⁵³ − 1).
 */
export interface PrimitiveValues {
  'Edm.Binary': string;
  'Edm.Boolean': boolean;
  'Edm.Date': string;
  'Edm.DateTimeOffset': string;
  'Edm.Decimal': number;
  'Edm.Double': number;
  'Edm.Duration': string;
  'Edm.Guid': string;
  'Edm.Int32': number;
  'Edm.Int64': number;
  'Edm.String': string;
  'Edm.TimeOfDay': string;
}

/** Any value a property can hold, as it stands in memory and in JSON. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** A stored or read instance: property name → value. */
export type Row = Readonly<Record<string, Value>>;

export const INT32_MIN = -2147483648;
export const INT32_MAX = 2147483647;
