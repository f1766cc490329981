import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, groupBody } from '../support/sample-bodies.ts';

/** Collections that Graph has and Muster does not keep: `--other-collections`. */

const CONFIGURATIONS = 'deviceManagement/deviceConfigurations';
let refusing: InProcessApi;
let empty: InProcessApi;
beforeAll(async () => {
  refusing = await startInProcessApi();
  empty = await startInProcessApi({ otherCollections: 'empty' });
});
afterAll(() => Promise.all([refusing.close(), empty.close()]));

const OTHERS = [
  CONFIGURATIONS,
  'deviceAppManagement/mobileApps',
  'policies/authenticationStrengthPolicies',
  'identity/conditionalAccess/policies',
  'deviceManagement/virtualEndpoint/cloudPCs',
  'applications',
];

/** Single things: singletons, and navigations that lead to one thing alone. */
const SINGLES = [
  'deviceManagement/applePushNotificationCertificate',
  'deviceManagement/androidManagedStoreAccountEnterpriseSettings',
  'deviceAppManagement/windowsManagementApp',
  'policies/authenticationMethodsPolicy',
  'identity/conditionalAccess',
  'roleManagement/directory',
  'security',
];

describe('by default', () => {
  it.each(OTHERS)('%s is 501, which says what to do', async (path) => {
    expectRefusal(await refusing.request('GET', path), { status: 501, code: 'notKept', says: '--other-collections' });
    expectRefusal(await refusing.request('GET', `${path}/x/assignments`), { status: 501, code: 'notKept' });
    expectRefusal(await refusing.request('POST', path, { body: {} }), { status: 501, code: 'notKept' });
    expect((await refusing.request('GET', path, { token: null })).status).toBe(401);
  });

  it('what Graph does not have, and what is kept in the other version only, stays 400', async () => {
    expectRefusal(await refusing.request('GET', 'deviceManagement/nothings'), { status: 400, code: 'unknownSegment' });
    expectRefusal(await refusing.request('GET', '/v1.0/deviceManagement/deviceManagementScripts'), { status: 400, code: 'unknownSegment' });
  });
});

describe('IntuneCD and others ask for single things', () => {
  it.each(SINGLES)('%s: by default 501, which says what to do', async (path) => {
    for (const method of ['GET', 'PATCH'])
      expectRefusal(await refusing.request(method, path, method === 'GET' ? {} : { body: {} }), {
        status: 501,
        code: 'notKept',
        says: '--other-collections',
      });
    expectRefusal(await refusing.request('GET', `${path}/x`), { status: 501, code: 'notKept' });
    expect((await refusing.request('GET', path, { token: null })).status).toBe(401);
  });

  it.each(SINGLES)('%s: with `empty` there is none', async (path) => {
    for (const target of [`/beta/${path}?$select=id`, `/v1.0/${path}/`, `/beta/${path.toUpperCase()}`])
      expect(await empty.request('GET', target)).toMatchObject({ status: 204, text: '' });
    const requests = [{ id: '1', method: 'GET', url: path }];
    expect((await empty.request('POST', '$batch', { body: { requests } })).body.responses).toMatchObject([{ id: '1', status: 204 }]);
    expectRefusal(await empty.request('GET', `${path}/x`), { status: 404, code: 'notFound' });
    expectRefusal(await empty.request('PATCH', path, { body: {} }), { status: 501, code: 'notKept' });
    expectRefusal(await empty.request('GET', `${path}?$top=-1`), { status: 400, code: 'invalidQueryOption' });
  });

  it('what is kept stays as it is', async () => {
    for (const path of [
      'deviceManagement',
      'organization',
      'deviceManagement/hardwareConfigurations',
      'directory/deletedItems/microsoft.graph.user',
    ])
      expect((await refusing.request('GET', path)).status).toBe(200);
  });
});

describe('with `empty`', () => {
  it.each(OTHERS)('%s is an empty list', async (path) => {
    for (const target of [`/beta/${path}`, `/v1.0/${path}`, `/beta/${path.toUpperCase()}/`]) {
      const answer = await empty.request('GET', `${target}?$top=5&$filter=startswith(displayName,'a')&$count=true`);
      expect([answer.status, answer.body], answer.text).toEqual([
        200,
        { '@odata.context': `http://localhost:8080/${target.slice(1).split('/')[0]}/$metadata#${path}`, '@odata.count': 0, value: [] },
      ]);
    }
    expect((await empty.request('GET', `${path}/$count`)).text).toBe('0');
    expectRefusal(await empty.request('GET', `${path}/x`), { status: 404, code: 'notFound' });
    expectRefusal(await empty.request('GET', `${path}('x')/assignments`), { status: 404, code: 'notFound' });
    expectRefusal(await empty.request('POST', path, { body: {} }), { status: 501, code: 'notKept' });
    expectRefusal(await empty.request('GET', `${path}?$top=-1`), { status: 400, code: 'invalidQueryOption' });
    expect((await empty.request('GET', path, { token: null })).status).toBe(401);
  });

  it('what Muster keeps is answered as ever, also in batches', async () => {
    const { id } = await created(empty, 'groups', groupBody());
    const requests = [CONFIGURATIONS, `groups/${id}`, 'deviceManagement/nothings'].map((url, i) => ({ id: `${i}`, method: 'GET', url }));
    const { responses } = (await empty.request('POST', '$batch', { body: { requests } })).body;
    expect(responses.map(({ status }: { status: number }) => status)).toEqual([200, 200, 400]);
  });
});
