import type { Value } from '../../edm/primitive.ts';

/** SQL text in the making, with what its parameters are bound to. */

/** What a driver binds. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/**
 * One `?`: where its value comes from when the statement runs, and the form it takes. So one text serves every plan of its
 * shape, and one value can be bound in several places and forms.
 */
export interface Slot {
  /** Index into the plan's values (see `plan-shape.ts`), or one of the negative places below. */
  readonly source: number;
  readonly encode: (value: Value) => SqlValue;
}

/** The tenant's number. */
export const TENANT_SOURCE = -1;
/** The time of the query, as DateTimeOffset text. */
export const NOW_SOURCE = -2;
/** How many rows at most. */
export const LIMIT_SOURCE = -3;
/** How many rows to leave out. */
export const SKIP_SOURCE = -4;

/** How many bytes the texts of all rows may weigh. */
export const BYTES_SOURCE = -5;

/** SQL text with one slot for each `?`, in order. */
export interface Fragment {
  readonly text: string;
  readonly slots: readonly Slot[];
}

const NO_SLOTS: readonly Slot[] = [];

/** Fixed text. Only for text that no client had a hand in. */
export const raw = (text: string): Fragment => ({ text, slots: NO_SLOTS });

/** Template tag: puts fragments into text. Strings are put in as they are, so they must not come from outside. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Fragment | string)[]): Fragment {
  let text = strings[0]!;
  const slots: Slot[] = [];
  parts.forEach((part, i) => {
    text += typeof part === 'string' ? part : part.text;
    if (typeof part !== 'string') slots.push(...part.slots);
    text += strings[i + 1]!;
  });
  return { text, slots };
}

/** Fragments with `separator` between them. */
export const joinFragments = (fragments: readonly Fragment[], separator: string): Fragment => ({
  text: fragments.map((f) => f.text).join(separator),
  slots: fragments.flatMap((f) => f.slots),
});

/** One parameter. */
export const parameter = (source: number, encode: Slot['encode']): Fragment => ({ text: '?', slots: [{ source, encode }] });

/** A name as an SQL identifier. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
