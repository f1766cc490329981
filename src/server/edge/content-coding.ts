import { AppError } from '../../lib/app-error.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { parseHeaderList, qualityOf } from '../../odata/headers/header-list.ts';

/** Codings that answers can have, the preferred first. */
export const CODINGS = ['br', 'gzip', 'deflate'] as const;

/** How an answer may be sent. */
export interface ContentCoding {
  readonly name: (typeof CODINGS)[number];
  /** The client refuses anything that is not coded, however small. */
  readonly required: boolean;
}

/** Wishes that were met before: clients send the same few headers with every request. */
const CODINGS_WEIGHT = 64 * 1024;
const met = new WeightedCache<{ readonly coding: ContentCoding | undefined }>(CODINGS_WEIGHT);

/**
 * Chooses the coding of an answer (RFC 9110 §12.5.3): the highest quality, then the order of {@link CODINGS}.
 * @param accept the header `Accept-Encoding`
 * @returns undefined for the answer as it is
 * @throws invalidHeader; notAcceptable when nothing is allowed that is offered
 */
export function contentCoding(accept: string): ContentCoding | undefined {
  return (met.get(accept) ?? met.set(accept, { coding: negotiate(accept) }, 50)).coding;
}

function negotiate(accept: string): ContentCoding | undefined {
  const qualities = new Map<string, number>();
  for (const item of parseHeaderList('Accept-Encoding', accept)) {
    const name = item.name === 'x-gzip' ? 'gzip' : item.name;
    if (!qualities.has(name)) qualities.set(name, qualityOf('Accept-Encoding', item));
  }
  const any = qualities.get('*');
  const quality = (name: string): number => qualities.get(name) ?? any ?? 0;
  const best = CODINGS.reduce((first, next) => (quality(next) > quality(first) ? next : first));
  // What nobody speaks of is sent as it is, only when nothing else will do.
  const plain = qualities.get('identity') ?? (any === 0 ? 0 : undefined);
  if (quality(best) > 0 && quality(best) >= (plain ?? 0)) return { name: best, required: plain === 0 };
  if (plain === 0) {
    throw new AppError('notAcceptable', `No coding that Accept-Encoding allows is offered here. Allow ${CODINGS.join(', ')} or identity.`, {
      target: 'Accept-Encoding',
    });
  }
  return undefined;
}
