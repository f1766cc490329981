import type { EntityType } from '../../edm/declare.ts';
import type { Model } from '../../edm/link.ts';

/** An operation as full metadata offers it: what its member is called, and what stands behind the URL of what it is bound to. */
export interface AdvertisedOperation {
  readonly member: string;
  readonly title: string;
  readonly segment: string;
}

/**
 * The operations that can be called on an entity of a type, or on a collection of it (JSON Format 4.01, advertised bound actions
 * and functions). Parameters of functions are to be filled in as aliases.
 */
export const advertisedOperations = (model: Model, type: EntityType, collection: boolean): readonly AdvertisedOperation[] =>
  model
    .operationsOf(type, collection)
    .filter(({ undocumented }) => undocumented !== true)
    .map(({ kind, name, parameters }) => {
      const title = `${model.namespace}.${name}`;
      const names = kind === 'function' ? Object.keys(parameters) : [];
      if (names.length === 0) return { member: `#${title}`, title, segment: kind === 'function' ? `${title}()` : title };
      return { member: `#${title}(${names.join()})`, title, segment: `${title}(${names.map((p) => `${p}=@${p}`).join()})` };
    });
