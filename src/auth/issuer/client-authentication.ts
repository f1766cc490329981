import { decodeJwt } from 'jose';
import type { HttpRequest } from '../../lib/http.ts';
import { isOneOf } from '../../lib/same-secret.ts';
import { verifyAssertion } from './client-assertion.ts';
import type { Form } from './form.ts';
import { findClient, type IssuerSetup, type RegisteredClient } from './issuer-setup.ts';
import { OAuthError } from './oauth-error.ts';
import { createProofLimits } from './proof-limits.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A request to the token endpoint, with the proof of its client. */
export interface ClientProof {
  readonly request: HttpRequest;
  readonly form: Form;
  readonly tenantId: string;
  /** Accepted audiences of a client assertion: the token endpoint and the issuer. */
  readonly audiences: readonly string[];
}

/**
 * Makes the function that authenticates a client by a secret (in the body or by HTTP Basic) or a signed assertion.
 * It throws OAuthError unknownClient, noCredentials, wrongSecret, wrongAssertion, or throttled after too many wrong proofs.
 */
export function createClientAuthentication({ clients, clock }: Pick<IssuerSetup, 'clients' | 'clock'>) {
  const limits = createProofLimits(clock);

  /** Checks the proof of a client unless too many wrong ones came before. */
  const limited = async (proof: ClientProof, client: RegisteredClient, verify: () => void | Promise<void>): Promise<RegisteredClient> => {
    const attempt = { clientId: client.clientId, tenantId: proof.tenantId, clientAddress: proof.request.clientAddress };
    limits.check(attempt);
    try {
      await verify();
    } catch (error) {
      if (error instanceof OAuthError) limits.countWrong(attempt);
      throw error;
    }
    return client;
  };

  return async (proof: ClientProof): Promise<RegisteredClient> => {
    const { request, form, audiences } = proof;
    if (form.get('client_assertion_type') === JWT_BEARER) {
      const assertion = form.require('client_assertion');
      const client = findClient(clients, form.get('client_id') ?? subjectOf(assertion));
      return await limited(proof, client, () => verifyAssertion(assertion, client, { audiences, clock }));
    }
    const basic = basicCredentials(request.headers.authorization);
    const client = findClient(clients, form.get('client_id') ?? basic?.clientId ?? form.require('client_id'));
    const offered = form.get('client_secret') === undefined ? basic?.secrets : [form.require('client_secret')];
    if (offered === undefined)
      throw new OAuthError('noCredentials', "The request body must contain 'client_secret' or 'client_assertion' with its type.");
    if (basic !== undefined && findClient(clients, basic.clientId) !== client)
      throw new OAuthError('invalidRequest', "The 'client_id' differs from the one in the Authorization header. Send one of them.");
    return await limited(proof, client, () => {
      if (!offered.some((secret) => isOneOf(client.secrets ?? [], secret)))
        throw new OAuthError('wrongSecret', 'The client secret is wrong. Send the value of the secret of this client_id.');
    });
  };
}

/** The client that an assertion names, not verified yet: `client_id` is optional beside it (RFC 7521 §4.2). */
function subjectOf(assertion: string): string {
  try {
    return decodeJwt(assertion).sub ?? '';
  } catch (cause) {
    throw new OAuthError('wrongAssertion', 'The client assertion is not a signed JWT.', cause);
  }
}

/** RFC 6749 §2.3.1 has both parts form-encoded inside Basic; many clients do not encode, so a secret is tried both ways. */
function basicCredentials(header: string | undefined): { readonly clientId: string; readonly secrets: readonly string[] } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(header?.trim() ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  const secret = decoded.slice(colon + 1);
  return { clientId: decoded.slice(0, colon), secrets: [secret, formDecoded(secret)] };
}

function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
