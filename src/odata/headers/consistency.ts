import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders } from '../../lib/http.ts';

/** Graph's values of `ConsistencyLevel`. Every read here shows what was last committed, so that both are met. */
const LEVELS: ReadonlySet<string> = new Set(['eventual', 'session']);

/**
 * Checks how consistent with other requests a client wants its answer to be: `ConsistencyLevel` (Graph) and `Isolation` (Protocol
 * §8.2.6), which is not offered and must then fail.
 * @throws invalidHeader, preconditionFailed
 */
export function checkConsistency({ consistencylevel: level, isolation, 'odata-isolation': prefixed }: HttpHeaders): void {
  if (level !== undefined && !LEVELS.has(level.trim().toLowerCase())) {
    throw new AppError('invalidHeader', `The header ConsistencyLevel is '${level.slice(0, 80)}'. Send eventual, or leave it out.`, {
      target: 'ConsistencyLevel',
    });
  }
  if (isolation !== undefined || prefixed !== undefined) {
    const target = isolation === undefined ? 'OData-Isolation' : 'Isolation';
    throw new AppError('preconditionFailed', `Isolation between requests is not offered. Leave out the header ${target}.`, { target });
  }
}
