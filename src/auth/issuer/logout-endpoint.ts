import type { HttpResponse } from '../../lib/http.ts';
import { messagePage, seeOther } from './answers.ts';
import { formOf, readForm } from './form.ts';
import { type IssuerCall, type IssuerSetup, resolveTenant } from './issuer-setup.ts';
import { OAuthError, refusalPage } from './oauth-error.ts';
import { redirectTarget } from './redirect.ts';

/**
 * `GET` and `POST …/logout` (OpenID Connect RP-Initiated Logout §2). No sign-in is remembered, so there is nothing to end: the browser is redirected to a
 * redirect URI of an application, or shows a message.
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
      return refusalPage('Signed out', error);
    }
  };
