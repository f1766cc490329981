import type { ContextStep } from '../odata/metadata/context-url.ts';
import type { Call } from './api-context.ts';
import type { Step } from './resource.ts';

/** Canonical URLs. Keys are quoted in parentheses, as Graph's own contexts have them. */

/** The steps as context URLs and links want them. A cast stands before the key. */
export const contextSteps = (steps: readonly Step[]): readonly ContextStep[] =>
  steps.map(({ name, key, cast }) => {
    const named = cast === undefined ? name : `${name}/${cast}`;
    return key === undefined ? { name: named } : { name: named, key };
  });

const stepUrl = ({ name, key }: ContextStep): string =>
  key === undefined ? name : `${name}('${encodeURIComponent(key.replaceAll("'", "''"))}')`;

/** The URL of what the steps name. */
export const urlOf = (call: Pick<Call, 'serviceRoot'>, steps: readonly ContextStep[]): string =>
  `${call.serviceRoot}/${steps.map(stepUrl).join('/')}`;
