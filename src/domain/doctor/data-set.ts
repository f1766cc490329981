import type { EntityType } from '../../edm/declare.ts';
import { model } from '../../model/index.ts';
import { instance, keyHolder } from '../../model/internal.ts';

/**
 * The types whose rows make up a data set: everything that is stored, in the order of their names, but for what makes an installation itself,
 * and the servers that run.
 * Those of no tenant stand apart.
 */
const copied: readonly EntityType[] = model.stored
  .filter((type) => type.storage?.view !== true && type !== instance && type !== keyHolder)
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

export const dataSet = {
  ofTenants: copied.filter(({ storage }) => storage?.global !== true),
  ofNobody: copied.filter(({ storage }) => storage?.global === true),
} as const;
