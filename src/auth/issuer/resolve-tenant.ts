import { isUuid } from '../../lib/ids.ts';
import { PERSONAL_TENANT } from '../principal-of-claims.ts';
import { OAuthError } from './oauth-error.ts';

/** The tenant that names other than a GUID lead to. */
export interface DefaultTenant {
  /** GUID, lower case. */
  readonly id: string;
  /** A domain name that stands for it in token URLs. */
  readonly domain?: string | undefined;
}

/** Which flow asks: an application must name its tenant; a user's tenant may be left open. */
export type TenantUse = 'application' | 'user';

/**
 * The tenant that the first segment of an issuer URL names. Every GUID is a tenant of its own, but that of personal accounts, which are
 * refused as `consumers` is.
 * @throws OAuthError unknownTenant
 */
export function resolveTenant(segment: string, use: TenantUse, defaultTenant: DefaultTenant): string {
  const name = segment.toLowerCase();
  if (isUuid(name) && name !== PERSONAL_TENANT) return name;
  if (name === defaultTenant.domain?.toLowerCase()) return defaultTenant.id;
  const isOpen = name === 'common' || name === 'organizations' || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name);
  if (use === 'user' && isOpen) return defaultTenant.id;
  throw new OAuthError('unknownTenant', 'Tenant not found. Put the GUID of the tenant into the URL; any GUID is a tenant here.');
}
