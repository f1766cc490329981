import { ConfidentialClientApplication, PublicClientApplication } from '@azure/msal-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withMicrosoftsName } from '../support/microsofts-name.ts';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';

/** The authentication library of the official clients against the embedded issuer, over https. */

const SCOPES = ['https://graph.microsoft.com/.default'];

let server: TlsServer;
beforeAll(async () => {
  server = await startTlsServer();
  withMicrosoftsName(server.url);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

/** As docs/clients.md says: with no option that is not needed for Entra, too. */
const authOf = (secret?: string) => ({
  auth: {
    clientId: server.clientId,
    ...(secret === undefined ? {} : { clientSecret: secret }),
    authority: `${server.url}/${server.tenantId}`,
  },
});

const read = (path: string, token: string) =>
  fetch(`${server.url}/beta/${path}`, { headers: { authorization: `Bearer ${token}` } }).then(async (answer) => ({
    status: answer.status,
    body: await answer.json(),
  }));

describe('@azure/msal-node', () => {
  it('C1 gets a token for an application by its secret, keeps it, and the API takes it', async () => {
    const client = new ConfidentialClientApplication(authOf(server.clientSecret));
    const first = await client.acquireTokenByClientCredential({ scopes: SCOPES });
    expect(first).toMatchObject({ fromCache: false, tokenType: 'Bearer' });
    expect(await client.acquireTokenByClientCredential({ scopes: SCOPES })).toMatchObject({ fromCache: true });
    expect((await read('deviceManagement/hardwareConfigurations', first!.accessToken)).status).toBe(200);
  });

  it('C3 takes a domain for the tenant', async () => {
    const { auth } = authOf(server.clientSecret);
    const client = new ConfidentialClientApplication({ auth: { ...auth, authority: `${server.url}/contoso.onmicrosoft.com` } });
    const { accessToken } = (await client.acquireTokenByClientCredential({ scopes: SCOPES }))!;
    expect((await read('deviceManagement/hardwareConfigurations', accessToken)).status).toBe(200);
  });

  it('understands why a secret is refused', async () => {
    const client = new ConfidentialClientApplication(authOf('wrong'));
    const refused = client.acquireTokenByClientCredential({ scopes: SCOPES });
    await expect(refused).rejects.toMatchObject({ errorCode: 'invalid_client', errorMessage: expect.stringContaining('AADSTS7000215') });
  });

  it('C1 signs a user in by device code, knows who that is, and renews the token', async () => {
    const client = new PublicClientApplication(authOf());
    const scopes = ['https://graph.microsoft.com/User.Read', 'https://graph.microsoft.com/DeviceManagementConfiguration.Read.All'];
    const signedIn = await client.acquireTokenByDeviceCode({
      scopes,
      deviceCodeCallback: ({ userCode, verificationUri }) => void approve(verificationUri, userCode),
    });
    expect(signedIn!.account).toMatchObject({ username: 'ada@contoso.com', tenantId: server.tenantId });
    expect((await read('me', signedIn!.accessToken)).body).toMatchObject({ userPrincipalName: 'ada@contoso.com' });
    const renewed = await client.acquireTokenSilent({ account: signedIn!.account!, scopes, forceRefresh: true });
    expect(renewed.fromCache).toBe(false);
    expect((await read('deviceManagement/hardwareConfigurations', renewed.accessToken)).status).toBe(200);
  });
});

describe('C4 sign-in on the page', () => {
  const scopes = ['https://graph.microsoft.com/User.Read', 'https://graph.microsoft.com/DeviceManagementConfiguration.Read.All'];

  it('C4 @azure/msal-node signs a user in by the browser, and renews the token', async () => {
    const client = new PublicClientApplication(authOf());
    const signedIn = await client.acquireTokenInteractive({ scopes, openBrowser: (url) => chooseUser(url, 'ada@contoso.com') });
    expect(signedIn.account).toMatchObject({ username: 'ada@contoso.com', tenantId: server.tenantId });
    expect((await read('me', signedIn.accessToken)).body).toMatchObject({
      userPrincipalName: 'ada@contoso.com',
      id: signedIn.account!.localAccountId,
    });
    const renewed = await client.acquireTokenSilent({ account: signedIn.account!, scopes, forceRefresh: true });
    expect(renewed.fromCache).toBe(false);
    expect((await read('deviceManagement/hardwareConfigurations', renewed.accessToken)).status).toBe(200);
  });

  it('C4 @azure/msal-node signs a user in at a web application, which proves itself by its secret', async () => {
    const client = new ConfidentialClientApplication(authOf(server.clientSecret));
    const redirectUri = 'http://localhost:3000/redirect';
    const url = await client.getAuthCodeUrl({ scopes, redirectUri, state: 'the state', loginHint: 'ada@contoso.com' });
    const back = new URL((await pressed(url, 'ada@contoso.com')).headers.get('location')!);
    expect(back.searchParams.get('state')).toBe('the state');
    const { accessToken } = await client.acquireTokenByCode({ scopes, redirectUri, code: back.searchParams.get('code')! });
    expect((await read('me', accessToken)).status).toBe(200);
  });
});

/** What a person does on the sign-in page and behind it, and the browser then. */
async function chooseUser(url: string, user: string): Promise<void> {
  const answer = await pressed(url, user);
  const location = answer.headers.get('location');
  if (location !== null) await fetch(location);
  else {
    const html = await answer.text(); // a form that is sent by its button
    await fetch(/<form method="post" action="([^"]*)"/.exec(html)![1]!, { method: 'POST', body: hiddenFields(html) });
  }
}

/** Presses the button of a user. @returns the redirect, or the page with the form that stands for it */
async function pressed(url: string, user: string): Promise<Response> {
  const html = await (await fetch(url)).text();
  expect(html).toContain(`<button type="submit" name="user" value="${user}">`);
  const body = hiddenFields(html.split('</form>')[0]!);
  body.set('user', user);
  return await fetch(url.split('?')[0]!, { method: 'POST', body, redirect: 'manual' });
}

function hiddenFields(html: string): URLSearchParams {
  const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)];
  return new URLSearchParams(fields.map(([, name, value]) => [name!, value!.replaceAll('&amp;', '&')]));
}

/** What a person does on the page that a device names. */
async function approve(page: string, userCode: string): Promise<void> {
  const form = {
    user_code: userCode,
    user_principal_name: 'ada@contoso.com',
    client_secret: server.clientSecret,
    action: 'approve',
  };
  const answer = await fetch(page, { method: 'POST', body: new URLSearchParams(form), headers: { origin: server.url } });
  expect(answer.status, await answer.text()).toBe(200);
}
