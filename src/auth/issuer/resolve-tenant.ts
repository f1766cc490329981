import { isUuid } from '../../lib/ids.ts';
import { PERSONAL_TENANT } from '../principal-of-claims.ts';
import { OAuthError } from './oauth-error.ts';

/** The tenant that names other than a GUID lead to. */
export interface DefaultTenant {
  /** GUID, lower case. */
  readonly id: string;
}

/** Which flow asks: an application must name its tenant, by its GUID or a domain; a user's tenant may be left open. */
export type TenantUse = 'application' | 'user';

/** A domain name: labels of letters, digits and hyphens, at least two of them (RFC 1123 §2.1). */
const DOMAIN = /^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/;

/**
 * The tenant that the first segment of an issuer URL names. A domain name stands for the default tenant. Every GUID is a tenant of its own, but that of personal accounts, which are
 * refused as `consumers` is.
 * @throws OAuthError unknownTenant
 */
export function resolveTenant(segment: string, use: TenantUse, defaultTenant: DefaultTenant): string {
  const name = segment.toLowerCase();
  if (isUuid(name) && name !== PERSONAL_TENANT) return name;
  const isOpen = name === 'common' || name === 'organizations';
  if (DOMAIN.test(name) || (use === 'user' && isOpen)) return defaultTenant.id;
  throw new OAuthError('unknownTenant', 'Tenant not found. Put the GUID of the tenant into the URL; any GUID is a tenant here.');
}
