import type { JWK } from 'jose';
import { OAuthError } from './oauth-error.ts';

/** An application that may ask for tokens, in any tenant. */
export interface RegisteredClient {
  readonly clientId: string;
  /** Shown to people who approve a sign-in, and put into tokens. */
  readonly displayName: string;
  readonly secrets?: readonly string[];
  /** PEM certificates whose private keys may sign client assertions. */
  readonly certificates?: readonly string[];
  /** Public keys with a `kid` each that may sign client assertions. */
  readonly publicKeys?: readonly JWK[];
  /** Redirect URIs that get a code, besides those on the browser's own machine. */
  readonly redirectUris?: readonly string[];
  /** Permissions of its own (client credentials). */
  readonly roles: readonly string[];
  /** Permissions that users may delegate to it (device code, authorization code). */
  readonly scopes: readonly string[];
}

/** @throws OAuthError unknownClient */
export function findClient(clients: readonly RegisteredClient[], clientId: string): RegisteredClient {
  const wanted = clientId.toLowerCase();
  const client = clients.find((each) => each.clientId.toLowerCase() === wanted);
  if (client === undefined)
    throw new OAuthError('unknownClient', 'No application with this client_id is registered here. Check the client_id.');
  return client;
}
