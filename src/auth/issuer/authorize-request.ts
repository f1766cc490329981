import type { IssuerVersion } from './access-token.ts';
import type { Form } from './form.ts';
import { findClient, type RegisteredClient } from './issuer-setup.ts';
import { OAuthError } from './oauth-error.ts';
import { RESPONSE_MODES, type ReturnAddress, redirectTarget } from './redirect.ts';
import { type DelegatedScopes, scopesOf } from './scope.ts';

/** The parameters of the authorization endpoint (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1, RFC 7636 §4.3). Others are ignored. */
export const AUTHORIZE_PARAMETERS = [
  'client_id',
  'response_type',
  'redirect_uri',
  'response_mode',
  'scope',
  'resource',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'login_hint',
] as const;

/** Longest values, in characters: a state is sent back, a nonce is kept with a code. */
export const MAX_STATE = 8192;
export const MAX_NONCE = 1024;

/** Largest form, in bytes: the page repeats what it was sent. */
export const MAX_SIGN_IN_FORM = 64 * 1024;

const PROMPTS = ['none', 'login', 'consent', 'select_account'];

/** The content of an authorization request. */
export interface AuthorizeWish {
  readonly scopes: DelegatedScopes;
  readonly challenge: string | undefined;
  readonly nonce: string | undefined;
  /** `prompt=none`: no page may be shown. */
  readonly isSilent: boolean;
}

/** Reads where to answer. Its errors stay on the page. @throws OAuthError missingParameter, unknownClient, wrongRedirect, invalidRequest */
export function readReturnAddress(form: Form, clients: readonly RegisteredClient[]): ReturnAddress {
  const client = findClient(clients, form.require('client_id'));
  const redirectUri = form.require('redirect_uri');
  const target = redirectTarget(redirectUri, client.redirectUris ?? []);
  if (target === undefined)
    throw new OAuthError(
      'wrongRedirect',
      `The 'redirect_uri' is not one of ${client.displayName}. Use one on localhost, or register it with --redirect-uri.`,
    );
  const state = form.get('state');
  if (state !== undefined && state.length > MAX_STATE)
    throw new OAuthError('invalidRequest', `The 'state' is longer than ${MAX_STATE} characters. Shorten it.`);
  const responseMode = RESPONSE_MODES.find((mode) => mode === (form.get('response_mode') ?? 'query'));
  if (responseMode === undefined)
    throw new OAuthError('invalidRequest', `Send one of these as 'response_mode': ${RESPONSE_MODES.join(', ')}.`);
  return { client, redirectUri, target, responseMode, state };
}

/** Reads the rest of the request. Its errors go to the client. @throws OAuthError wrongResponseType, invalidRequest, missingParameter, wrongScope, wrongResource */
export function readWish(
  form: Form,
  client: RegisteredClient,
  asked: { readonly version: IssuerVersion; readonly ownNames: readonly string[] },
): AuthorizeWish {
  if (form.require('response_type') !== 'code') throw new OAuthError('wrongResponseType', "The only 'response_type' here is 'code'.");
  const nonce = form.get('nonce');
  if (nonce !== undefined && nonce.length > MAX_NONCE)
    throw new OAuthError('invalidRequest', `The 'nonce' is longer than ${MAX_NONCE} characters. Shorten it.`);
  const prompts = (form.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== '');
  if (prompts.some((prompt) => !PROMPTS.includes(prompt)) || (prompts.includes('none') && prompts.length > 1))
    throw new OAuthError('invalidRequest', `Send some of these as 'prompt', and 'none' alone: ${PROMPTS.join(', ')}.`);
  const scopes = scopesOf(form, client.scopes, asked);
  return { scopes, challenge: challengeOf(form), nonce, isSilent: prompts.includes('none') };
}

/** RFC 7636 §4.3. A challenge without a method is a plain one: the request itself then shows the verifier. */
function challengeOf(form: Form): string | undefined {
  const challenge = form.get('code_challenge');
  const method = form.get('code_challenge_method');
  if (challenge === undefined && method === undefined) return undefined;
  if (challenge === undefined || method !== 'S256')
    throw new OAuthError('invalidRequest', "Send 'code_challenge' with 'code_challenge_method=S256': 'plain' is not accepted.");
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge))
    throw new OAuthError('invalidRequest', "The 'code_challenge' must be the SHA-256 of the verifier in base64url: 43 characters.");
  return challenge;
}
