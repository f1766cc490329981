import type { EntityType } from '../edm/declare.ts';
import { keyNames } from '../edm/link.ts';
import type { Row } from '../edm/primitive.ts';
import { type ContextStep, type EntityKey, stepText } from '../odata/metadata/context-url.ts';
import type { Call } from './api-context.ts';
import type { Step } from './resource.ts';

/** Canonical URLs. Keys are quoted in parentheses, as Graph's own contexts have them. */

/** The steps as context URLs and links want them. A cast stands before the key. */
export const contextSteps = (steps: readonly Step[]): readonly ContextStep[] =>
  steps.map(({ name, key, cast }) => {
    const named = cast === undefined ? name : `${name}/${cast}`;
    return key === undefined ? { name: named } : { name: named, key };
  });

/** The key of a row, as URLs have it. */
export function entityKeyOf(type: EntityType, row: Row): EntityKey {
  const names = keyNames(type);
  return names.length === 1 ? (row[names[0]!] as string) : Object.fromEntries(names.map((name) => [name, row[name] as string]));
}

/** The URL of what the steps name. */
export const urlOf = (call: Pick<Call, 'serviceRoot'>, steps: readonly ContextStep[]): string =>
  `${call.serviceRoot}/${steps.map(stepText).join('/')}`;
