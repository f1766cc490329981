// @microsoft/microsoft-graph-client with a credential of @azure/identity and no option but the version: batches that depend on each
// other, and many pages. Prints what came of it as JSON. See fixed-hosts.test.ts, which runs it.
import { ClientSecretCredential } from '@azure/identity';
import { BatchRequestContent, BatchResponseContent, Client, PageIterator } from '@microsoft/microsoft-graph-client';
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js';

const { TENANT_ID, CLIENT_ID, CLIENT_SECRET } = process.env;
const authProvider = new TokenCredentialAuthenticationProvider(new ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET), {
  scopes: ['https://graph.microsoft.com/.default'],
});
const client = Client.initWithMiddleware({ authProvider, defaultVersion: 'beta' });

const CONFIGURATIONS = '/deviceManagement/hardwareConfigurations';
const made = await client.api(CONFIGURATIONS).post({ displayName: 'Paged', fileName: 'p.cctk', configurationFileContent: 'W2NjdGtdCg==' });
const states = `${CONFIGURATIONS}/${made.id}/deviceRunStates`;
const headers = { 'Content-Type': 'application/json' };
const names = Array.from({ length: 400 }, (_, n) => `PC-${String(n).padStart(3, '0')}`);
const statuses = new Set();
for (let n = 0; n < names.length; n += 20) {
  const steps = names.slice(n, n + 20).map((deviceName, index) => {
    const body = JSON.stringify({ deviceName, upn: `u${index}@contoso.com`, configurationState: 'success' });
    const request = new Request(`https://graph.microsoft.com/beta${states}`, { method: 'POST', headers, body });
    return { id: String(index), request, ...(index === 0 ? {} : { dependsOn: [String(index - 1)] }) };
  });
  const content = await new BatchRequestContent(steps).getContent();
  const answers = new BatchResponseContent(await client.api('/$batch').post(content));
  for (const [, answer] of answers.getResponsesIterator()) statuses.add(answer.status);
}

const first = await client.api(states).top(30).orderby('deviceName desc').get();
const seen = [];
const iterator = new PageIterator(client, first, ({ deviceName }) => {
  seen.push(deviceName);
  return seen.length !== 100; // stops once in the middle of a page
});
await iterator.iterate();
const paused = iterator.isComplete();
await iterator.resume();

process.stdout.write(
  JSON.stringify({
    statuses: [...statuses],
    paused,
    isWhole: seen.join() === names.toReversed().join(),
    summary: (await client.api(`${CONFIGURATIONS}/${made.id}/runSummary`).get()).successfulDeviceCount,
    users: Number(await client.api(`${CONFIGURATIONS}/${made.id}/userRunStates/$count`).get()),
  }),
);
