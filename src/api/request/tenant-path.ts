/** A path behind the version, and the tenant that it names. */
export interface TenantPath {
  readonly path: string;
  /** The tenant's id in lower case; undefined where the path names none. */
  readonly tenant?: string | undefined;
}

const PREFIX = /^\/+(?:myorganization|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))(?=\/)/i;

/** Graph lets the tenant stand in front of a path, and tools send empty segments (`//`): both are left out. */
export function readTenantPath(sent: string): TenantPath {
  const prefix = PREFIX.exec(sent);
  if (prefix === null && !sent.includes('//')) return { path: sent };
  const path = (prefix === null ? sent : sent.slice(prefix[0].length)).replaceAll(/\/{2,}/g, '/');
  return { path, tenant: prefix?.[1]?.toLowerCase() };
}
