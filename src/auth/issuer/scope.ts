import { GRAPH_AUDIENCE, GRAPH_AUDIENCES, type IssuerVersion } from './access-token.ts';
import type { Form } from './form.ts';
import { OAuthError } from './oauth-error.ts';

/** Longest scope, in characters: it is kept while a sign-in is under way, and anybody can begin one. */
const MAX_SCOPE = 10_000;

/** Scopes of OpenID Connect, which are no permissions. */
const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'offline_access']);

/** The resources that scopes may be of: Graph, this server under the name the client used, the set audience, any `api://`. */
const isResource = (resource: string, ownNames: readonly string[]): boolean =>
  GRAPH_AUDIENCES.includes(resource) || ownNames.includes(resource.replace(/\/$/, '')) || /^api:\/\/[^/\s]+(\/[^/\s]+)*\/?$/.test(resource);

/** `resource/name` or a bare name. */
function split(scope: string): { readonly resource: string | undefined; readonly name: string } {
  const slash = scope.lastIndexOf('/');
  return slash < 0 ? { resource: undefined, name: scope } : { resource: scope.slice(0, slash), name: scope.slice(slash + 1) };
}

/**
 * Client credentials: the scope is all that is registered for the application, of one resource.
 * @throws OAuthError wrongScope
 */
export function checkApplicationScope(scope: string, ownNames: readonly string[]): void {
  const { resource, name } = split(scope.trim());
  if (name !== '.default' || resource === undefined || !isResource(resource, ownNames))
    throw new OAuthError('wrongScope', `The scope is not valid: ask for ${GRAPH_AUDIENCE}/.default.`);
}

/**
 * The `resource` of the endpoints of v1.
 * @throws OAuthError wrongResource
 */
export function checkResource(resource: string, ownNames: readonly string[]): void {
  if (resource.length > MAX_SCOPE || !isResource(resource, ownNames))
    throw new OAuthError('wrongResource', `The resource is not known here: ask for ${GRAPH_AUDIENCE}.`);
}

/** The scopes of a user's token. */
export interface DelegatedScopes {
  /** The scope as it was sent. */
  readonly asked: string;
  /** Permission names. */
  readonly granted: readonly string[];
  /** Scopes of OpenID Connect that were asked for. */
  readonly openId: readonly string[];
  /** The `scope` of the answer. It repeats the request, since clients look up cached tokens by it. */
  readonly answer: string;
  /** Requested at the endpoints of v1, which know no scopes. */
  readonly resource?: string;
}

/**
 * The scopes of a user flow of v1: all allowed permissions, with an id token and a refresh token.
 * @throws OAuthError wrongResource
 */
export function resourceScopes(resource: string, allowed: readonly string[], ownNames: readonly string[]): DelegatedScopes {
  checkResource(resource, ownNames);
  const openId = ['openid', 'profile', 'offline_access'];
  return { asked: `${resource}/.default ${openId.join(' ')}`, granted: allowed, openId, answer: allowed.join(' '), resource };
}

/**
 * Reads what a user flow asks for: scopes, or a `resource` at the endpoints of v1.
 * @param allowed the permissions that may be granted
 * @throws OAuthError missingParameter, wrongScope, wrongResource
 */
export const scopesOf = (
  form: Form,
  allowed: readonly string[],
  { version, ownNames }: { readonly version: IssuerVersion; readonly ownNames: readonly string[] },
): DelegatedScopes =>
  version === 'v1'
    ? resourceScopes(form.require('resource'), allowed, ownNames)
    : delegatedScopes(form.require('scope'), allowed, ownNames);

/**
 * Reads the scopes of a user flow.
 * @param allowed the permissions that may be granted; `.default` is all of them
 * @throws OAuthError wrongScope
 */
export function delegatedScopes(scope: string, allowed: readonly string[], ownNames: readonly string[]): DelegatedScopes {
  if (scope.length > MAX_SCOPE) throw new OAuthError('wrongScope', 'The scope is too long. Ask for ".default".');
  const asked = scope.split(' ').filter((each) => each !== '');
  const granted = new Set<string>();
  const answer = new Set<string>();
  const openId = new Set<string>();
  for (const each of asked) {
    if (OPENID_SCOPES.has(each)) {
      openId.add(each);
      if (each !== 'offline_access') answer.add(each);
      continue;
    }
    const { resource, name } = split(each);
    const names = name === '.default' ? allowed : allowed.filter((permission) => permission.toLowerCase() === name.toLowerCase());
    if ((resource !== undefined && !isResource(resource, ownNames)) || (names.length === 0 && name !== '.default'))
      throw new OAuthError('wrongScope', 'One of the scopes is not registered for this application. Ask for ".default" or for fewer.');
    answer.add(each);
    for (const permission of names) {
      granted.add(permission);
      answer.add(resource === undefined ? permission : `${resource}/${permission}`);
    }
  }
  return { asked: scope, granted: [...granted], openId: [...openId], answer: [...answer].join(' ') };
}
