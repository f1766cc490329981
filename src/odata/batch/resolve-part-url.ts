import { AppError } from '../../lib/app-error.ts';

/** Where the URLs of a batch's requests lead. */

/** The service that a batch was sent to. */
export interface BatchService {
  /** Scheme, host and port: `http://localhost:8080`. */
  readonly origin: string;
  /** `beta` */
  readonly version: string;
}

const ABSOLUTE = /^[a-z][a-z\d+.-]*:/i;
const FIRST_SEGMENT = /^\/?\$([^/?#]+)/;

/** What starts with `$` and is no reference (JSON Format §19.1). */
const SYSTEM_RESOURCES = new Set(['all', 'batch', 'crossjoin', 'entity', 'id', 'metadata', 'root']);

/** The id of the part that a URL refers to: `1` of `$1/assignments`. Undefined where a URL refers to none. */
export function referenceOf(url: string): string | undefined {
  const id = FIRST_SEGMENT.exec(url)?.[1];
  return id === undefined || SYSTEM_RESOURCES.has(id.toLowerCase()) ? undefined : id;
}

/** What stands in for a reference. */
export const withoutReference = (url: string, replacement: string): string => replacement + url.replace(FIRST_SEGMENT, '');

/**
 * The request target that a URL of a part stands for. It is relative to the service root, with or without a slash in front and the
 * version (tools send more slashes than one); or absolute, if it leads to this service. Characters that no URL may hold are encoded, as clients do not always.
 * @throws invalidUrl
 */
export function resolvePartUrl(url: string, { origin, version }: BatchService): string {
  if (url.includes('#')) throw new AppError('invalidUrl', "The URL has a fragment. Remove it, or percent-encode the '#' as %23.");
  const root = `${origin}/${version}`;
  const relative = url.replace(/^\/+/, '');
  const path = ABSOLUTE.test(url) ? behind(root, url) : (behind(version, relative) ?? `/${relative}`);
  if (path === undefined)
    throw new AppError('invalidUrl', `The URL '${url.slice(0, 200)}' leads elsewhere. A batch reaches what is below ${root}.`);
  return `/${version}${encoded(path)}`;
}

/** What follows a prefix, which is written in any case. */
function behind(prefix: string, url: string): string | undefined {
  const rest = url.slice(prefix.length);
  return url.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase() && /^(?:[/?]|$)/.test(rest) ? rest : undefined;
}

function encoded(path: string): string {
  if (!path.isWellFormed())
    throw new AppError('invalidUrl', 'The URL holds half of a surrogate pair, which is not a character. Remove it.');
  return path.replace(/[^\x21-\x7e]+/g, encodeURIComponent);
}
