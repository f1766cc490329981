import { hash } from 'node:crypto';
import type { EntityType } from '../../edm/declare.ts';
import { type Property, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';

/** What audit events say about values: texts as they are and long ones cut, content as its hash, secrets nothing at all. */

/** Longest text in an event, in characters. */
const LONGEST = 1024;

/** One changed property, as the model's `auditProperty` has it. */
export type ModifiedProperty = {
  readonly displayName: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
};

/** The properties that differ. @param before absent when the row was made, as `after` is when it was removed */
export function modifiedProperties(
  type: EntityType,
  { before, after }: { readonly before?: Row | undefined; readonly after?: Row | undefined },
): ModifiedProperty[] {
  return toldOf(type).flatMap((property) => {
    const [oldText, newText] = [before, after].map((row) => plainText(row?.[property.name] ?? null));
    if (oldText === newText) return [];
    const [oldValue, newValue] = [oldText!, newText!].map((text) => told(property, text));
    return [{ displayName: property.name, oldValue: oldValue!, newValue: newValue! }];
  });
}

/** What clients see; of a type that they never see, everything. */
function toldOf(type: EntityType): readonly Property[] {
  const { visible, properties } = shapeOf(type);
  return visible.length > 0 ? visible : properties;
}

/** A value as text, to compare and to tell. */
export const plainText = (value: Value): string | null =>
  value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

/** As much of a text as an event tells. */
export const shortened = (text: string | null): string | null =>
  text === null || text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`;

function told({ type, secret, content }: Pick<Property, 'type' | 'secret' | 'content'>, text: string | null): string | null {
  if (text === null || secret === true) return null;
  if (type === 'Edm.Binary') return `sha256:${hash('sha256', Buffer.from(text, 'base64'), 'hex')}`;
  return content === true ? `sha256:${hash('sha256', text, 'hex')}` : shortened(text);
}
