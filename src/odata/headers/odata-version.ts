import { AppError } from '../../lib/app-error.ts';
import type { HttpHeaders } from '../../lib/http.ts';

/** A version of the protocol that Muster answers in. */
export type ODataVersion = '4.0' | '4.01';

/** The headers that speak of versions. */
interface VersionHeaders {
  /** `OData-Version`: what the request's body is written in. */
  readonly version?: string | undefined;
  /** `OData-MaxVersion`: the highest version that the client reads. */
  readonly maxVersion?: string | undefined;
}

/** Reads `4.01` as a number that compares right. */
function versionNumber(header: string, text: string): number {
  const match = /^(\d{1,20})\.(\d{1,20})$/.exec(text.trim());
  if (match === null) {
    throw new AppError('invalidHeader', `The header ${header} is '${text.slice(0, 80)}'. Send a version such as 4.0.`, { target: header });
  }
  return Number(`${match[1]}.${match[2]}`);
}

const unsupported = (header: string, advice: string): never => {
  throw new AppError('unsupportedVersion', `The header ${header} asks for a version that is not served. ${advice}`, { target: header });
};

/**
 * Chooses the version of an answer (Protocol §8.1.5, §8.2.6, §8.2.7): 4.01 for clients that say they read it, else 4.0.
 * @throws unsupportedVersion when the client reads nothing from 4.0 on, or writes something other than 4.0 or 4.01
 * @throws invalidHeader
 */
export function negotiateVersion({ version, maxVersion }: VersionHeaders): ODataVersion {
  if (version !== undefined) {
    const written = versionNumber('OData-Version', version);
    if (written !== 4 && written !== 4.01) unsupported('OData-Version', 'Send 4.0 or 4.01.');
  }
  const highest = maxVersion === undefined ? 4 : versionNumber('OData-MaxVersion', maxVersion);
  if (highest < 4) unsupported('OData-MaxVersion', 'Send 4.0 or later.');
  return highest >= 4.01 ? '4.01' : '4.0';
}

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
