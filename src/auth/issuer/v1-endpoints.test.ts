import { decodeJwt } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { CLIENT, issuerFixture, jsonOf, ORIGIN, OTHER_TENANT, SECRET, TENANT } from '../../../test/support/issuer-fixture.ts';

const { get, post, verify, clock, close } = await issuerFixture();
afterAll(close);

const GRAPH = 'https://graph.microsoft.com';
const GRAPH_APP = '00000003-0000-0000-c000-000000000000';
const STS = `https://sts.windows.net/${TENANT}/`;
const application = { grant_type: 'client_credentials', client_id: CLIENT, client_secret: SECRET };

/** A sign-in by device code in the words of v1. */
async function signedIn(resource: string) {
  const started = jsonOf(await post('/common/oauth2/devicecode', { client_id: CLIENT, resource }));
  const form = { user_code: String(started.user_code), user_principal_name: 'ada@contoso.com', client_secret: SECRET, action: 'approve' };
  expect((await post(new URL(String(started.verification_url)).pathname, form)).status).toBe(200);
  const code = String(started.device_code);
  const answer = jsonOf(await post('/common/oauth2/token', { grant_type: 'device_code', client_id: CLIENT, resource, code }));
  return { started, answer };
}

describe('C5 endpoints of v1', () => {
  test('C5 the metadata name the endpoints of v1, and the issuer that its tokens have', async () => {
    for (const tenant of [TENANT, 'common', 'contoso.onmicrosoft.com']) {
      const answer = await get(`/${tenant}/.well-known/openid-configuration`, { origin: 'https://login.microsoftonline.com' });
      expect(jsonOf(answer)).toMatchObject({
        issuer: STS,
        authorization_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/authorize`,
        token_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/token`,
        device_authorization_endpoint: `https://login.microsoftonline.com/${TENANT}/oauth2/devicecode`,
        jwks_uri: `https://login.microsoftonline.com/${TENANT}/discovery/keys`,
      });
    }
    expect(jsonOf(await get(`/${TENANT}/discovery/keys`))).toEqual(jsonOf(await get(`/${TENANT}/discovery/v2.0/keys`)));
  });

  test.each([GRAPH, `${GRAPH}/`, GRAPH_APP])(
    'C5 an application gets a token for the resource %s, and the API takes it',
    async (resource) => {
      const response = await post(`/${TENANT}/oauth2/token`, { ...application, resource });
      const now = Math.floor(clock.now() / 1000);
      const body = jsonOf(response);
      expect([response.status, response.headers['cache-control']]).toEqual([200, 'no-store']);
      expect(body).toEqual({
        token_type: 'Bearer',
        expires_in: '3600',
        ext_expires_in: '3600',
        expires_on: String(now + 3600),
        not_before: String(now),
        resource,
        access_token: expect.any(String),
      });
      const claims = decodeJwt(String(body.access_token));
      expect(claims).toMatchObject({
        aud: resource,
        iss: STS,
        ver: '1.0',
        tid: TENANT,
        appid: CLIENT,
        idtyp: 'app',
        roles: ['A.Read.All'],
      });
      expect(claims).not.toHaveProperty('azp');
      expect(await verify(`Bearer ${body.access_token}`)).toMatchObject({ kind: 'application', tenantId: TENANT, clientId: CLIENT });
    },
  );

  test.each([`${ORIGIN}/`, ORIGIN, 'api://muster'])('C5 the resource %s is this server, too', async (resource) => {
    const body = jsonOf(await post(`/contoso.com/oauth2/token`, { ...application, resource }));
    expect(body.resource).toBe(resource);
    expect(await verify(`Bearer ${body.access_token}`)).toMatchObject({ tenantId: TENANT });
  });

  test('C5 a tenant is that of the URL, and its token passes for no other', async () => {
    const body = jsonOf(await post(`/${OTHER_TENANT.toUpperCase()}/oauth2/token`, { ...application, resource: GRAPH }));
    expect(decodeJwt(String(body.access_token)).iss).toBe(`https://sts.windows.net/${OTHER_TENANT}/`);
    expect(await verify(`Bearer ${body.access_token}`)).toMatchObject({ tenantId: OTHER_TENANT });
  });

  test.each([
    [{ resource: '' }, [400, 'invalid_request', 900144]],
    [{ scope: `${GRAPH}/.default` }, [400, 'invalid_request', 900144]],
    [{ resource: 'https://vault.azure.net' }, [400, 'invalid_resource', 500011]],
    [{ resource: `api://${'x'.repeat(10_000)}` }, [400, 'invalid_resource', 500011]],
    [{ resource: GRAPH, client_secret: 'wrong' }, [401, 'invalid_client', 7000215]],
  ])('C5 refuses %o', async (fields, expected) => {
    const response = await post(`/${TENANT}/oauth2/token`, { ...application, ...(fields as object) });
    const body = jsonOf(response);
    expect([response.status, body.error, ...(body.error_codes as number[])]).toEqual(expected);
  });

  test('C5 a user signs in by device code, and a refresh token is good at the endpoints of both versions', async () => {
    const { started, answer } = await signedIn(`${GRAPH}/`);
    expect(started).toMatchObject({ expires_in: '900', interval: '5', message: expect.stringContaining(String(started.user_code)) });
    expect(answer).toMatchObject({ resource: `${GRAPH}/`, scope: 'A.Read.All B.Read.All', expires_in: '3600' });
    expect(decodeJwt(String(answer.access_token))).toMatchObject({ aud: `${GRAPH}/`, iss: STS, ver: '1.0', upn: 'ada@contoso.com' });
    expect(decodeJwt(String(answer.id_token))).toMatchObject({ aud: CLIENT, iss: STS, ver: '1.0', unique_name: 'ada@contoso.com' });
    expect(await verify(`Bearer ${answer.access_token}`)).toMatchObject({ kind: 'delegated', userPrincipalName: 'ada@contoso.com' });
    const refresh = { grant_type: 'refresh_token', client_id: CLIENT };
    const again = jsonOf(await post('/common/oauth2/token', { ...refresh, refresh_token: String(answer.refresh_token), resource: GRAPH }));
    expect(await verify(`Bearer ${again.access_token}`)).toMatchObject({ permissions: new Set(['A.Read.All', 'B.Read.All']) });
    const inV2 = jsonOf(await post('/common/oauth2/v2.0/token', { ...refresh, refresh_token: String(again.refresh_token) }));
    expect(decodeJwt(String(inV2.access_token))).toMatchObject({ ver: '2.0', iss: `${ORIGIN}/${TENANT}/v2.0` });
  });

  test('C5 scopes of v2 may name Graph by each of its names', async () => {
    for (const resource of [GRAPH, `${GRAPH}/`, GRAPH_APP]) {
      const body = jsonOf(await post(`/${TENANT}/oauth2/v2.0/token`, { ...application, scope: `${resource}/.default` }));
      expect(await verify(`Bearer ${body.access_token}`)).toMatchObject({ permissions: new Set(['A.Read.All']) });
    }
  });
});
