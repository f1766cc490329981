import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { citusDatabase } from '../support/citus-database.ts';
import { explainStatement, isPlanned, isRouted, type Sent, taskOf } from '../support/explain-statement.ts';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { watchStatements } from '../support/sent-statements.ts';
import { workOff } from '../support/work-off.ts';

/** What a fleet asks for all day, and how Citus does it. Prints the plans. */

let sent: Sent[] = [];
watchStatements((text, values) => sent.push({ text, values }));

let api: InProcessApi;
let client: pg.Client;
beforeAll(async () => {
  api = await startInProcessApi();
  client = new pg.Client({ connectionString: (await citusDatabase()).url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await api?.close();
});

const POLICIES = 'deviceManagement/hardwareConfigurations';
const policy = { displayName: 'p', fileName: 'a.cctk', configurationFileContent: 'aGk=', hardwareConfigurationFormat: 'dell' };
const state = (i: number) => ({ deviceName: `D${i}`, upn: `u${i % 3}@contoso.com`, internalVersion: 1, configurationState: 'fail' });

test('every hot question and every hot write is one task on one machine', async () => {
  const { id } = (await api.request('POST', POLICIES, { body: policy })).body;
  const path = `${POLICIES}/${id}`;
  const post = (i: number) => api.request('POST', `${path}/deviceRunStates`, { body: state(i) });
  let first = '';
  const works: readonly (readonly [string, () => Promise<unknown>])[] = [
    [
      'W1, W2',
      async () => {
        const made = await Promise.all(Array.from({ length: 20 }, (_, i) => post(i)));
        first = made[0]!.body.id;
      },
    ],
    ['R1', () => api.request('GET', `${path}/deviceRunStates/${first}`)],
    ['R2', () => api.request('GET', `${path}/deviceRunStates?$filter=configurationState eq 'fail'&$orderby=lastStateUpdateDateTime desc`)],
    ['R3', () => api.request('GET', `${path}/deviceRunStates/$count?$filter=configurationState eq 'fail'`)],
    ['R4', () => api.request('GET', `${path}/runSummary`)],
    ['R5', () => api.request('GET', `${path}/userRunStates?$filter=upn eq 'u1@contoso.com'`)],
    ['R6', () => api.request('GET', `${path}/userRunStates`)],
    ['deletion', async () => [await api.request('DELETE', path), await workOff(api)]],
  ];
  let looked = 0;
  for (const [work, run] of works) {
    sent = [];
    await run();
    for (const statement of sent.filter(isPlanned)) {
      const plan = await explainStatement(statement, client);
      expect(isRouted(plan), `${work}: ${statement.text}\n${plan}`).toBe(true);
      if (!plan.includes('Task Count: 1')) continue; // of a table that stands on every machine
      looked++;
      process.stdout.write(`${work}  Task Count: 1  ${taskOf(plan)}\n`);
    }
  }
  expect(looked).toBeGreaterThan(12);
});
