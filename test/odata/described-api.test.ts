import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiText } from '../../src/server/routes/describe-api.ts';
import { differences, startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { OpenApiDocument } from '../support/openapi-document.ts';
import { groupTarget, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** What a validating proxy before Muster lets through: all that is accepted, in whatever form. Most suites run behind the same proxy. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

const beta = new OpenApiDocument(JSON.parse(openApiText('beta', { profile: 'docs', scopeNames: 'both', issuer: undefined })));

async function accepted(method: string, path: string, body?: object) {
  const answer = await api.request(method, path, body === undefined ? {} : { body });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
}

describe('C27 requests that are accepted are described', () => {
  it.each([
    { perDevicePasswordDisabled: 'TRUE' },
    { perDevicePasswordDisabled: 'false' },
    { hardwareConfigurationFormat: 'DELL' },
    { hardwareConfigurationFormat: 1 },
    { hardwareConfigurationFormat: '1' },
    { roleScopeTagIds: null },
    { description: null },
    { version: 'anything', id: 7, createdDateTime: false },
    { '@odata.type': 'microsoft.graph.hardwareConfiguration' },
    { configurationFileContent: 'eA' },
  ])('a hardware configuration with %j', async (values) => {
    const { id } = await accepted('POST', HARDWARE, hardwareBody(values));
    const { configurationFileContent, ...rest } = hardwareBody(values);
    await accepted('PATCH', `${HARDWARE}/${id}`, rest);
  });

  it('numbers as text, and dates without seconds', async () => {
    const { id } = await accepted('POST', SCRIPTS, scriptBody());
    const user = await accepted('POST', `${SCRIPTS}/${id}/userRunStates`, { userPrincipalName: 'a@example.com', errorDeviceCount: '2' });
    await accepted('PATCH', `${SCRIPTS}/${id}/userRunStates/${user.id}`, { successDeviceCount: '+3' });
    await accepted('POST', `${SCRIPTS}/${id}/deviceRunStates`, {
      runState: 'FAIL',
      errorCode: '5',
      lastStateUpdateDateTime: '2026-01-31t12:00+02:00',
    });
  });

  it('targets with and without `#`, and without a type where the stored one stays', async () => {
    const { id } = await accepted('POST', SCRIPTS, scriptBody());
    const named = groupTarget('3f2504e0-4f89-41d3-9a0c-0305e82c3301');
    const bare = JSON.parse(JSON.stringify(named).replace('#microsoft', 'Microsoft'));
    const made = await accepted('POST', `${SCRIPTS}/${id}/assignments`, bare);
    await accepted('PATCH', `${SCRIPTS}/${id}/assignments/${encodeURIComponent(made.id)}`, {
      target: { deviceAndAppManagementAssignmentFilterId: null },
    });
    await accepted('POST', `${SCRIPTS}/${id}/assign`, { deviceManagementScriptAssignments: [named] });
  });

  it('an action without parameters that is called with a body', () =>
    accepted('POST', 'deviceManagement/deviceHealthScripts/enableGlobalScripts', {}));
});

describe('C27 paths that are served are described', () => {
  it.each([
    'users/x/directReports',
    'users/x/directReports/$count',
    'groups/x/members/microsoft.graph.user',
    'groups/x/members/microsoft.graph.user/$count',
    'directory/deletedItems/microsoft.graph.group',
    'deviceManagement/managedDevices/x/users/x/managedDevices',
  ])('%s', (path) => {
    expect(beta.find('GET', `/${path}`)).toBeDefined();
  });

  it('and no operation is taken for a property', () => {
    expect(beta.templateOf('/deviceManagement/getEffectivePermissions')).not.toBe('/deviceManagement/{property}');
    expect(beta.templateOf('/deviceManagement/settings')).toBe('/deviceManagement/{property}');
    for (const { template } of beta.operations.filter((one) => !one.template.includes('{property}')))
      expect(beta.templateOf(template.replaceAll(/\{\w+\}/g, 'x'))).not.toContain('{property}');
  });
});

it('C27 more items than are taken are refused by the description, too', () => {
  const { requestSchema } = beta.find('PATCH', `/${HARDWARE}/x`)!;
  expect(beta.misfits(requestSchema!, { roleScopeTagIds: Array(1001).fill('0') })).toEqual([expect.stringContaining('1000 items')]);
});

describe('the proxy', () => {
  const exchange = { method: 'POST', path: HARDWARE, profile: 'docs', request: { body: hardwareBody() } };
  const answer = (status: number, body: object, type = 'application/json') => ({
    ...exchange,
    answer: { status, body: body as Record<string, unknown>, text: JSON.stringify(body), headers: { 'content-type': type } },
  });

  it('sees answers that are not described', () => {
    expect(differences(answer(201, { displayName: 'x' }))).toEqual([]);
    expect(differences(answer(201, { displayName: 1 }))).toHaveLength(1);
    expect(differences(answer(201, { hardwareConfigurationFormat: 'acme' }))).toHaveLength(1);
    expect(differences(answer(200, {}))).toHaveLength(1);
    expect(differences(answer(201, {}, 'text/html'))).toHaveLength(1);
    expect(differences({ ...answer(200, {}), path: 'deviceManagement/nothing' })).toHaveLength(1);
  });

  it('sees requests that are accepted and not described', () => {
    expect(differences({ ...answer(201, {}), request: { body: {} } })).not.toEqual([]);
    expect(differences({ ...answer(201, {}), request: { body: hardwareBody({ perDevicePasswordDisabled: 'yes' }) } })).toHaveLength(1);
    expect(differences({ ...answer(400, { error: { code: 'x', message: 'y' } }), request: { body: {} } })).toEqual([]);
  });
});
