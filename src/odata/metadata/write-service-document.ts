import type { Model } from '../../edm/link.ts';
import { contextUrl } from './context-url.ts';

const KINDS = { entitySet: 'EntitySet', singleton: 'Singleton' } as const;

/** The service document: what stands at the service root (OData JSON Format 4.01 §5). */
export interface ServiceDocument {
  readonly '@odata.context'?: string;
  readonly value: readonly { readonly name: string; readonly kind: 'EntitySet' | 'Singleton'; readonly url: string }[];
}

/**
 * Writes the service document.
 * @param model what the service root serves: `/v1.0` has a smaller one than `/beta`
 * @param options `serviceRoot` for example `http://127.0.0.1:8080/beta`, without a trailing slash; level none leaves out the context
 */
export function writeServiceDocument(
  model: Model,
  { serviceRoot, level }: { readonly serviceRoot: string; readonly level: 'none' | 'minimal' | 'full' },
): ServiceDocument {
  const value = model.roots.map(({ name, kind }) => ({ name, kind: KINDS[kind], url: name }));
  return level === 'none' ? { value } : { '@odata.context': contextUrl({ serviceRoot, path: [] }), value };
}
