import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { issuerFixture, jsonOf, TENANT } from '../../../test/support/issuer-fixture.ts';

const { get, close } = await issuerFixture();
afterAll(close);

const segment = fc.constantFrom('common', 'organizations', TENANT, 'A0000000-0000-4000-8000-000000000001', 'contoso.onmicrosoft.com');
const host = fc.oneof(fc.constantFrom('login.microsoftonline.com', 'localhost:8443', '127.0.0.1:9', '[::1]:8443'), fc.domain());

describe('C1 instance discovery', () => {
  test('C1 names this server alone, by the name that it was asked by, whatever endpoint it was asked about', async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ asked: segment, tenant: segment, own: host, other: host, isV2: fc.boolean() }), async (sample) => {
        const { asked, tenant, own, other, isV2 } = sample;
        const part = isV2 ? '/v2.0' : '';
        const endpoint = encodeURIComponent(`https://${other}/${tenant}/oauth2${part}/authorize`);
        const target = `/${asked}/discovery/instance?api-version=1.1&authorization_endpoint=${endpoint}`;
        const answer = await get(target, { origin: `https://${own}` });
        expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
        const name = new URL(`https://${own}`).host;
        expect(jsonOf(answer)).toEqual({
          tenant_discovery_endpoint: `https://${own}/${tenant.toLowerCase()}${part}/.well-known/openid-configuration`,
          'api-version': '1.1',
          metadata: [{ preferred_network: name, preferred_cache: name, aliases: [name] }],
        });
        const { pathname } = new URL(String(jsonOf(answer).tenant_discovery_endpoint));
        expect((await get(pathname, { origin: `https://${own}` })).status).toBe(200);
      }),
    );
  });

  test('C1 takes the URL unescaped and the version that MSAL for Python sends', async () => {
    const endpoint = 'https://localhost/contoso.com/oauth2/v2.0/authorize';
    for (const version of ['&api-version=1.0', '&api-version=1.1', ''])
      expect((await get(`/common/discovery/instance?authorization_endpoint=${endpoint}${version}`)).status).toBe(200);
  });

  test.each([
    ['', 900144],
    ['?api-version=1.1', 900144],
    ['?authorization_endpoint=', 900144],
    ['?authorization_endpoint=nonsense', 9000410],
    ['?authorization_endpoint=https://localhost', 9000410],
    ['?authorization_endpoint=https://localhost/common/oauth2/authorize&api-version=2', 9000410],
    ['?authorization_endpoint=https://localhost/consumers/oauth2/authorize', 90002],
  ])('C1 refuses %s', async (query, number) => {
    const answer = await get(`/common/discovery/instance${query}`);
    expect([answer.status, jsonOf(answer).error, jsonOf(answer).error_codes]).toEqual([400, 'invalid_request', [number]]);
  });
});
