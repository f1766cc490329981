import type { Model } from '../../edm/link.ts';
import { model, modelV1 } from '../../model/index.ts';

/** What is served below each first segment of a path. */
export const versions: ReadonlyMap<string, Model> = new Map([
  ['beta', model],
  ['v1.0', modelV1],
]);
