import type { JWTPayload } from 'jose';
import type { Principal } from './principal.ts';

/** The tenant that all personal Microsoft accounts live in. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Whether a token speaks for a personal Microsoft account: in its own tenant, or as a guest in another one. */
export const isPersonalAccount = (claims: JWTPayload): boolean =>
  text(claims.tid)?.toLowerCase() === PERSONAL_TENANT || /^(https:\/\/)?(www\.)?live\.com$/i.test(text(claims.idp) ?? '');

/**
 * Whether `roles` are the application's own. Users can have app roles as well, and an id token may carry them, so the
 * token must say `idtyp: app` or, where that optional claim is missing, be about the application itself (`sub` = `oid`).
 */
function isApplication(claims: JWTPayload): boolean {
  if (claims.scp !== undefined) return false;
  if (claims.idtyp !== undefined) return claims.idtyp === 'app';
  return Array.isArray(claims.roles) && (claims.oid === undefined || claims.oid === claims.sub);
}

/**
 * Reads the principal out of the claims of a verified token whose `tid` has been checked.
 * @returns undefined when the token names no client or no subject
 */
export function principalOfClaims(claims: JWTPayload): Principal | undefined {
  const tenantId = text(claims.tid)?.toLowerCase();
  const clientId = text(claims.azp) ?? text(claims.appid);
  const subject = text(claims.oid) ?? text(claims.sub);
  if (tenantId === undefined || clientId === undefined || subject === undefined) return undefined;
  const clientName = text(claims.app_displayname);
  const shared = { tenantId, clientId, ...(clientName === undefined ? {} : { clientName }), subject };
  if (isApplication(claims)) {
    const roles = Array.isArray(claims.roles) ? claims.roles.filter((role) => typeof role === 'string') : [];
    return { ...shared, kind: 'application', permissions: new Set(roles) };
  }
  const upn = text(claims.upn) ?? text(claims.preferred_username);
  const scopes = (text(claims.scp) ?? '').split(' ').filter((scope) => scope !== '');
  const user = upn === undefined ? {} : { userPrincipalName: upn };
  return { ...shared, kind: 'delegated', ...user, permissions: new Set(scopes) };
}
