import type { HttpResponse } from '../../lib/http.ts';
import { formOf, readForm } from './form.ts';
import { messagePage } from './html-page.ts';
import type { IssuerCall, IssuerSetup } from './issuer-setup.ts';
import { describeError, OAuthError } from './oauth-error.ts';
import { seeOther } from './redirect-answer.ts';
import { redirectTarget } from './redirect-uri.ts';
import { resolveTenant } from './resolve-tenant.ts';

/**
 * `GET` and `POST …/logout` (OpenID Connect RP-Initiated Logout §2). As nothing here remembers who has signed in, there is nothing to end: the browser is sent
 * back to where an application may send it after a sign-in, too, or told that this is all.
 */
export const createLogoutEndpoint =
  (setup: IssuerSetup) =>
  ({ request, tenantSegment }: IssuerCall): HttpResponse => {
    try {
      resolveTenant(tenantSegment, 'user', setup.defaultTenant);
      const form = request.method === 'POST' && request.body !== undefined ? readForm(request) : formOf(request.target.split('?')[1] ?? '');
      const back = form.get('post_logout_redirect_uri');
      if (back === undefined)
        return messagePage(
          'Signed out',
          'This server remembers no sign-in. Close the program that you have signed in to, or remove its tokens.',
        );
      const registered = setup.clients.flatMap(({ redirectUris = [] }) => redirectUris);
      const target = redirectTarget(back, registered);
      if (target === undefined)
        throw new OAuthError(
          'wrongRedirect',
          "The 'post_logout_redirect_uri' is not one of an application. Use one on localhost, or --redirect-uri.",
        );
      const state = form.get('state');
      if (state !== undefined) target.searchParams.append('state', state);
      return seeOther(target);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const { status, text } = describeError(error);
      return { ...messagePage('Signed out', text, { status, role: 'alert' }), facts: { error } };
    }
  };
