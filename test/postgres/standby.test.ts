import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { promote, startStandby } from '../support/postgres-standby.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { createFleet, type Fleet, type Spawned } from './spawned-muster.ts';

/** A primary dies under load, and its standby takes over under the same address. */

const POLICIES = 'deviceManagement/hardwareConfigurations';
const policy = { displayName: 'p', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };

let primary: PostgresServer;
let standby: PostgresServer;
let proxy: TcpProxy;
let fleet: Fleet;
let server: Spawned;
beforeAll(async () => {
  primary = await startPostgres({ settings: ['wal_keep_size=256MB'] });
  standby = await startStandby(primary);
  proxy = await startTcpProxy(primary.port);
  fleet = createFleet(primary.url().replace(`:${primary.port}`, `:${proxy.port}`));
  server = await fleet.start(['--database-timeout', '5']);
}, 120_000);
afterAll(async () => {
  await fleet?.stop();
  await proxy?.close();
  await standby?.stop();
  await primary?.stop();
});

const ready = async (): Promise<{ status: number; body: string }> => {
  const response = await fetch(`${server.url}/readyz`);
  return { status: response.status, body: await response.text() };
};

test('B3 a standby that takes over has all that was acknowledged, once, and the server comes back by itself', {
  timeout: 300_000,
}, async () => {
  const id = (await server.request('POST', POLICIES, { body: policy })).body.id;
  const states = `${POLICIES}/${id}/deviceRunStates`;
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  let made = 0;
  let over = false;

  /** Sends one state after the other, each until it is answered with success: a request that is repeated says so. */
  async function client(): Promise<void> {
    while (!over) {
      const name = `D${made++}`;
      const headers = {
        'repeatability-request-id': `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
        'repeatability-first-sent': new Date().toUTCString(),
      };
      const body = { deviceName: name, upn: `u${made % 5}@contoso.com`, internalVersion: 1, configurationState: 'success' };
      for (let status = 0; status !== 201; ) {
        status = (await server.request('POST', states, { body, headers })).status;
        statuses.add(status);
        if (status === 201) acknowledged.push(name);
        else await sleep(50);
      }
    }
  }
  const more = async (count: number): Promise<void> => {
    const target = acknowledged.length + count;
    while (acknowledged.length < target) await sleep(20);
  };

  const clients = Array.from({ length: 8 }, client);
  await more(100);
  await primary.kill();
  await sleep(300);
  // The address moves before the standby is a primary: it can be read, and takes no writes.
  proxy.target = standby.port;
  while (!(await ready()).body.includes('read-only')) await sleep(50);
  expect((await server.request('GET', `${POLICIES}/${id}`)).status).toBe(200);
  await promote(standby);
  while ((await ready()).status !== 200) await sleep(50);
  await more(100);
  over = true;
  await Promise.all(clients);

  expect([...statuses].sort()).toEqual([201, 503]);
  const stored: string[] = [];
  for (let next: string | undefined = `${states}?$select=deviceName&$top=1000`; next !== undefined; ) {
    const { body } = await server.request('GET', next);
    stored.push(...body.value.map(({ deviceName }: { deviceName: string }) => deviceName));
    next = body['@odata.nextLink'];
  }
  expect(stored.sort()).toEqual(acknowledged.sort());
  expect((await server.request('GET', `${POLICIES}/${id}/runSummary`)).body.successfulDeviceCount).toBe(stored.length);
  const { code, output } = await fleet.run('doctor', '--json');
  expect([code, output]).toEqual([0, `${JSON.stringify({ tenants: 1, problems: 0 })}\n`]);
});
