import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';

/** The official npm client against a real server: its own process, https, a token from the embedded issuer's endpoint. */

let server: TlsServer;
let client: Client;

beforeAll(async () => {
  server = await startTlsServer();
  client = Client.init({
    baseUrl: `${server.url}/`,
    defaultVersion: 'beta',
    customHosts: new Set(['localhost']),
    authProvider: (done) =>
      void token()
        .then((accessToken): void => done(null, accessToken))
        .catch((error: unknown): void => done(error, null)),
  });
});

afterAll(() => server.stop());

/** A token as MSAL asks for one. */
async function token(): Promise<string> {
  const answer = await fetch(`${server.url}/${server.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: server.clientId,
      client_secret: server.clientSecret,
      grant_type: 'client_credentials',
      scope: 'https://graph.microsoft.com/.default',
    }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

const SCRIPTS = '/deviceManagement/deviceManagementScripts';
const CONFIGURATIONS = '/deviceManagement/hardwareConfigurations';

describe('@microsoft/microsoft-graph-client', () => {
  it('creates, reads, updates, assigns and deletes a script', async () => {
    const created = await client
      .api(SCRIPTS)
      .post({ displayName: 'From the client', fileName: 'a.ps1', scriptContent: 'aGk=', runAsAccount: 'system' });
    expect(created).toMatchObject({ displayName: 'From the client', runAsAccount: 'system', scriptContent: 'aGk=' });
    const path = `${SCRIPTS}/${created.id}`;
    expect(await client.api(path).patch({ description: 'changed' })).toMatchObject({ id: created.id, description: 'changed' });
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    expect(await client.api(`${path}/assign`).post({ deviceManagementScriptAssignments: [{ target }] })).toBeUndefined();
    const read = await client.api(path).expand('assignments').select(['id', 'description']).get();
    expect(read.assignments).toHaveLength(1);
    expect(read.assignments[0].target['@odata.type']).toBe(target['@odata.type']);
    expect(read).not.toHaveProperty('displayName');
    expect(await client.api(path).delete()).toBeUndefined();
    await expect(client.api(path).get()).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
  });

  it('pages through run states with its PageIterator, each once', async () => {
    const configuration = await client
      .api(CONFIGURATIONS)
      .post({ displayName: 'Paged', fileName: 'p.cctk', configurationFileContent: 'W2NjdGtdCg==' });
    const states = `${CONFIGURATIONS}/${configuration.id}/deviceRunStates`;
    const names = Array.from({ length: 23 }, (_, index) => `DEVICE-${String(index).padStart(2, '0')}`);
    await Promise.all(
      names.map((deviceName, index) =>
        client.api(states).post({ deviceName, upn: `u${index % 4}@contoso.com`, configurationState: index % 2 ? 'fail' : 'success' }),
      ),
    );
    const first = await client.api(states).top(5).filter("startswith(deviceName,'DEVICE-')").orderby('deviceName desc').get();
    expect(first.value).toHaveLength(5);
    const seen: string[] = [];
    await new PageIterator(client, first, (state: { deviceName: string }) => seen.push(state.deviceName) > 0).iterate();
    expect(seen).toEqual([...names].reverse());
    expect(await client.api(`${states}/$count`).get()).toBe('23');
    const summary = await client.api(`${CONFIGURATIONS}/${configuration.id}/runSummary`).get();
    expect(summary).toMatchObject({ successfulDeviceCount: 12, failedDeviceCount: 11 });
    const users = await client.api(`${CONFIGURATIONS}/${configuration.id}/userRunStates`).count().get();
    expect(users['@odata.count']).toBe(4);
  });

  it('sends a batch whose steps depend on each other, and reads its answers', async () => {
    const scripts = `${server.url}/beta${SCRIPTS}`;
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ displayName: 'In a batch', fileName: 'b.ps1', scriptContent: 'aGk=', runAsAccount: 'system' });
    const content = new BatchRequestContent([
      { id: '1', request: new Request(scripts, { method: 'POST', headers, body }) },
      { id: '2', request: new Request(`${scripts}?$filter=displayName eq 'In a batch'`), dependsOn: ['1'] },
    ]);
    const answers = new BatchResponseContent(await client.api('/$batch').post(await content.getContent()));
    expect(answers.getResponseById('1').status).toBe(201);
    const { id } = (await answers.getResponseById('1').json()) as { id: string };
    expect(await answers.getResponseById('2').json()).toMatchObject({ value: [{ id }] });
  });

  it('understands errors: code, message, request id', async () => {
    const failed = await client
      .api(CONFIGURATIONS)
      .post({ displayName: 'x'.repeat(151), fileName: 'a.cctk', configurationFileContent: 'aGk=' })
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(failed).toBeInstanceOf(GraphError);
    expect(failed).toMatchObject({ statusCode: 400, code: 'BadRequest', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect((failed as GraphError).message).toContain('displayName');
  });
});
