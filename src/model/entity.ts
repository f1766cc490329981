import { entityType, string } from '../edm/declare.ts';

/** The abstract base of every served entity: the key `id`, set by the server. */
export const entity = entityType('entity', { abstract: true, properties: { id: string({ readOnly: true, format: 'uuid' }) } });

/** The base of entities whose id is not a UUID but made from other values (assignments). */
export const textId = { id: string({ readOnly: true }) } as const;
