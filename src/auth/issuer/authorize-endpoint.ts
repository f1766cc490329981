import type { HttpResponse } from '../../lib/http.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';
import { AUTHORIZE_PARAMETERS, type AuthorizeWish, MAX_SIGN_IN_FORM, readReturnAddress, readWish } from './authorize-request.ts';
import { type Form, formOf, readForm } from './form.ts';
import { type IssuerCall, type IssuerSetup, ownNames, resolveTenant } from './issuer-setup.ts';
import { describeError, OAuthError, refusalPage, refusalParameters, waitOf } from './oauth-error.ts';
import { createPasswordChecks, passwordMark } from './password.ts';
import { createProofLimits } from './proof-limits.ts';
import { type ReturnAddress, redirectAnswer } from './redirect.ts';
import { isFromOwnPage, mayChoose } from './sign-in-origin.ts';
import { signInPage } from './sign-in-page.ts';
import { findUser, firstUsers, MAX_USER_NAME, passwordOf, type TenantUser } from './tenant-users.ts';

/** `GET` and `POST …/authorize`. */
export type AuthorizeEndpoint = (call: IssuerCall) => Promise<HttpResponse>;

/** A sign-in under way. */
interface SignIn {
  readonly call: IssuerCall;
  readonly form: Form;
  readonly tenantId: string;
  readonly address: ReturnAddress;
  readonly wish: AuthorizeWish;
}

/**
 * Makes the authorization endpoint (RFC 6749 §3.1): a page to sign in on as a user of the tenant, then a redirect with a code. No sign-in is
 * remembered: each request asks again, and `prompt=none` is always answered `login_required`. Errors in the return address stay on the page;
 * all others are sent to it.
 */
export function createAuthorizeEndpoint(setup: IssuerSetup, codes: AuthorizationCodes): AuthorizeEndpoint {
  const { store } = setup;
  const limits = createProofLimits(setup.clock);
  const passwords = createPasswordChecks();

  const showPage = async (signIn: SignIn, problem?: { readonly text: string; readonly error?: OAuthError }): Promise<HttpResponse> => {
    const { call, form, tenantId, address, wish } = signIn;
    const parameters = AUTHORIZE_PARAMETERS.flatMap((name): [string, string][] => {
      const value = form.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    const users = mayChoose(setup, call.request) ? await store.read(tenantId, firstUsers) : undefined;
    const userName = (form.get('user_principal_name') ?? form.get('login_hint'))?.slice(0, MAX_USER_NAME);
    const refusal = problem && {
      problem: problem.text,
      status: problem.error === undefined ? 400 : describeError(problem.error).status,
      headers: waitOf(problem.error),
    };
    return signInPage({ address, wish, parameters, users, userName, ...refusal });
  };

  /** The user whom the form signs in. @throws OAuthError wrongSignIn, throttled */
  const userOf = async ({ call, form, tenantId }: SignIn): Promise<TenantUser & { readonly passwordMark: string | undefined }> => {
    const isChosen = mayChoose(setup, call.request);
    const name = ((isChosen ? form.get('user') : undefined) ?? form.get('user_principal_name'))?.trim() ?? '';
    const find = async () =>
      await store.read(tenantId, async (reader) => {
        const user = await findUser(reader, name);
        return { user, derived: user && (await passwordOf(reader, user)) };
      });
    if (isChosen) {
      const { user, derived } = await find();
      if (user === undefined) throw new OAuthError('wrongSignIn', 'There is no such user in this tenant. Check the name.');
      return { ...user, passwordMark: passwordMark(setup, derived) };
    }
    // All users of a tenant count together, so that one password cannot be tried on each of them.
    const attempt = { clientId: `users of ${tenantId}`, tenantId, clientAddress: call.request.clientAddress };
    limits.check(attempt);
    const { user, derived } = await find();
    if (!(await passwords.check(form.get('password') ?? '', derived)) || user === undefined) {
      limits.countWrong(attempt);
      throw new OAuthError('wrongSignIn', 'The user name or the password is wrong, or the user has no password.');
    }
    return { ...user, passwordMark: passwordMark(setup, derived) };
  };

  const decide = async (signIn: SignIn): Promise<HttpResponse> => {
    const { call, form, tenantId, address, wish } = signIn;
    if (form.get('action') === 'deny')
      return redirectAnswer(
        address,
        refusalParameters(new OAuthError('declined', 'The user refused to let the application act in their name.')),
      );
    const { scopes, challenge, nonce } = wish;
    const { clientAddress } = call.request;
    try {
      const { userPrincipalName, objectId, passwordMark: mark } = await userOf(signIn);
      const signedIn = { userPrincipalName, objectId, passwordMark: mark, scopes, redirectUri: address.redirectUri, challenge, nonce };
      return redirectAnswer(address, { code: await codes.issue(signedIn, { client: address.client, tenantId, clientAddress }) });
    } catch (error) {
      if (error instanceof OAuthError) return await showPage(signIn, { text: error.message, error });
      throw error;
    }
  };

  const answer = async (call: IssuerCall): Promise<HttpResponse> => {
    const { request, version } = call;
    const tenantId = resolveTenant(call.tenantSegment, 'user', setup.defaultTenant);
    if ((request.body?.length ?? 0) > MAX_SIGN_IN_FORM)
      throw new OAuthError('invalidRequest', `The form is larger than ${MAX_SIGN_IN_FORM} bytes. Shorten its parameters.`);
    const form = request.method === 'POST' ? readForm(request) : formOf(request.target.split('?')[1] ?? '');
    const address = readReturnAddress(form, setup.clients);
    let wish: AuthorizeWish;
    try {
      wish = readWish(form, address.client, { version, ownNames: ownNames(setup, request) });
      if (wish.isSilent)
        throw new OAuthError('loginRequired', 'Nobody is signed in: this server remembers no sign-in. Ask without prompt=none.');
    } catch (error) {
      if (error instanceof OAuthError) return redirectAnswer(address, refusalParameters(error));
      throw error;
    }
    const signIn = { call, form, tenantId, address, wish };
    const isSent = request.method === 'POST' && ['user', 'user_principal_name', 'action'].some((name) => form.get(name) !== undefined);
    if (!isSent) return await showPage(signIn);
    if (!isFromOwnPage(request)) return await showPage(signIn, { text: 'The form was sent by a page of another site. Sign in here.' });
    return await decide(signIn);
  };

  return async (call) => {
    try {
      return await answer(call);
    } catch (error) {
      return refusalPage('Sign-in is not possible', error);
    }
  };
}
