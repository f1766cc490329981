import { escapeHtml } from '../../lib/html.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { hiddenFields, htmlPage } from './answers.ts';
import type { AuthorizeWish } from './authorize-request.ts';
import { policySource, type ReturnAddress } from './redirect.ts';
import { MAX_USER_NAME, SHOWN_USERS, type TenantUser } from './tenant-users.ts';

/** The content of the page. */
export interface SignInForm {
  readonly address: ReturnAddress;
  readonly wish: AuthorizeWish;
  /** The request, which the form sends along. */
  readonly parameters: Iterable<readonly [string, string]>;
  /** Users to choose from; undefined if the page asks for a password. */
  readonly users: readonly TenantUser[] | undefined;
  readonly userName: string | undefined;
  /** Why the last attempt failed, and what to do. */
  readonly problem?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The page to sign in on and to let an application act in the user's name. It never fills in a password. */
export function signInPage(form: SignInForm): HttpResponse {
  const { address, wish, users, problem } = form;
  const { displayName } = address.client;
  const note = problem === undefined ? '' : `<p class="note" id="problem" role="alert">${escapeHtml(problem)}</p>\n`;
  const granted = wish.scopes.granted.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('');
  const body = `<h1>Sign in</h1>
<p><strong>${escapeHtml(displayName)}</strong> asks to act in your name. Go on only if you started this yourself.</p>
<details><summary>What it may do: ${wish.scopes.granted.length} permissions</summary><ul>${granted}</ul></details>
${note}${users === undefined ? '' : chooser(users, form)}${typedName(form)}`;
  return htmlPage({
    title: 'Sign in',
    body,
    formTarget: policySource(address.target),
    status: form.status,
    headers: form.headers,
  });
}

/** One button for each user, in a separate form, so that Enter in a field of the other form presses none of them. */
function chooser(users: readonly TenantUser[], { parameters }: SignInForm): string {
  const says = `<p class="note">This server is reached from this machine alone, so it asks for no password: choose who you are.</p>`;
  if (users.length === 0)
    return `${says}\n<p>This tenant has no user yet. Make one with <code>POST /beta/users</code> or <code>muster user</code>, and load this page again.</p>\n`;
  const button = ({ userPrincipalName, displayName }: TenantUser): string => {
    const name = displayName === undefined || displayName === userPrincipalName ? '' : `${escapeHtml(displayName)}<br>`;
    return `<li><button type="submit" name="user" value="${escapeHtml(userPrincipalName)}">${name}${escapeHtml(userPrincipalName)}</button></li>`;
  };
  const more = users.length < SHOWN_USERS ? '' : `<p>These are the first ${SHOWN_USERS}. Enter the name of any other below.</p>`;
  return `${says}
<form method="post" accept-charset="utf-8">
${hiddenFields(parameters)}
<ul class="users">${users.map(button).join('')}</ul>
</form>
${more}`;
}

function typedName({ parameters, users, userName, problem }: SignInForm): string {
  const described = problem === undefined ? '' : ' aria-describedby="problem"';
  const password =
    users !== undefined
      ? ''
      : `<label for="password">Password</label><input id="password" name="password" type="password" required${described} autocomplete="current-password" maxlength="256">\n`;
  return `<form method="post" accept-charset="utf-8">
${hiddenFields(parameters)}
<label for="user_principal_name">User principal name</label><input id="user_principal_name" name="user_principal_name" required${described} autocomplete="username" spellcheck="false" maxlength="${MAX_USER_NAME}" value="${escapeHtml(userName ?? '')}">
${password}<button type="submit" name="action" value="sign_in">Sign in and allow</button>
<button type="submit" name="action" value="deny" formnovalidate>Refuse</button>
</form>`;
}
