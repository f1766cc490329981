// The beta SDK that Microsoft generates with kiota: its models, adapter, paging and batches. It has no request builders below
// deviceManagement, so requests are made of URL templates. Prints what came of it as JSON. See fixed-hosts.test.ts, which runs it.
import { ClientSecretCredential } from '@azure/identity';
import { HttpMethod, RequestInformation } from '@microsoft/kiota-abstractions';
import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure';
import { createGraphBetaServiceClient, GraphBetaRequestAdapter } from '@microsoft/msgraph-beta-sdk';
import * as models from '@microsoft/msgraph-beta-sdk/models/index.js';
import { createODataErrorFromDiscriminatorValue } from '@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js';
import { BatchRequestContent, PageIterator } from '@microsoft/msgraph-sdk-core';

const { TENANT_ID, CLIENT_ID, CLIENT_SECRET } = process.env;
const credential = new ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET);
const adapter = new GraphBetaRequestAdapter(new AzureIdentityAuthenticationProvider(credential, ['https://graph.microsoft.com/.default']));
createGraphBetaServiceClient(adapter); // registers the serializers
const errors = { XXX: createODataErrorFromDiscriminatorValue };

const QUERY = '{?%24top,%24filter,%24orderby,%24select,%24expand,%24count}';
function request(method, path, { query = {}, body, serialize } = {}) {
  const parameters = Object.fromEntries(Object.entries(query).map(([name, value]) => [`%24${name}`, value]));
  const information = new RequestInformation(method, `{+baseurl}/${path}${QUERY}`, { baseurl: adapter.baseUrl, ...parameters });
  information.headers.add('Accept', 'application/json');
  if (body !== undefined) information.setContentFromParsable(adapter, 'application/json', body, serialize);
  return information;
}
const send = (method, path, { as, ...options } = {}) =>
  as === undefined
    ? adapter.sendNoResponseContent(request(method, path, options), errors)
    : adapter.send(request(method, path, options), as, errors);

/** A policy through its whole life: made, found, changed, assigned, deleted. */
async function life(set, { body, serialize, one, many, serializeAssignments, assigned }) {
  const made = await send(HttpMethod.POST, set, { body, serialize, as: one });
  const path = `${set}/${made.id}`;
  const found = await send(HttpMethod.GET, set, { query: { filter: `displayName eq '${body.displayName}'` }, as: many });
  const changed = await send(HttpMethod.PATCH, path, { body: { description: 'changed' }, serialize, as: one });
  await send(HttpMethod.POST, `${path}/assign`, { body: {}, serialize: serializeAssignments, as: assigned });
  const read = await send(HttpMethod.GET, path, { query: { expand: 'assignments' }, as: one });
  await send(HttpMethod.DELETE, path);
  const gone = await send(HttpMethod.GET, path, { as: one }).catch((error) => [error.responseStatusCode, error.errorEscaped?.code]);
  return {
    made: [made.displayName, made.createdDateTime instanceof Date],
    found: found.value.length,
    changed: changed.description,
    targets: read.assignments.map(({ target }) => target.odataType),
    gone,
  };
}

const toAllDevices = [{ target: { odataType: '#microsoft.graph.allDevicesAssignmentTarget' } }];
const content = new TextEncoder().encode('[cctk]\n').buffer;
const CONFIGURATIONS = 'deviceManagement/hardwareConfigurations';
const hardware = {
  serialize: models.serializeHardwareConfiguration,
  one: models.createHardwareConfigurationFromDiscriminatorValue,
  many: models.createHardwareConfigurationCollectionResponseFromDiscriminatorValue,
};
const configurationLife = await life(CONFIGURATIONS, {
  ...hardware,
  body: { displayName: 'BIOS', fileName: 'a.cctk', configurationFileContent: content },
  serializeAssignments: (writer) =>
    writer.writeCollectionOfObjectValues('hardwareConfigurationAssignments', toAllDevices, models.serializeHardwareConfigurationAssignment),
  assigned: models.createHardwareConfigurationAssignmentCollectionResponseFromDiscriminatorValue,
});
const scriptLife = await life('deviceManagement/deviceManagementScripts', {
  serialize: models.serializeDeviceManagementScript,
  one: models.createDeviceManagementScriptFromDiscriminatorValue,
  many: models.createDeviceManagementScriptCollectionResponseFromDiscriminatorValue,
  body: { displayName: 'Script', fileName: 'a.ps1', scriptContent: content, runAsAccount: 'system' },
  serializeAssignments: (writer) =>
    writer.writeCollectionOfObjectValues(
      'deviceManagementScriptAssignments',
      toAllDevices,
      models.serializeDeviceManagementScriptAssignment,
    ),
});

const { id } = await send(HttpMethod.POST, CONFIGURATIONS, {
  ...{ serialize: hardware.serialize, as: hardware.one },
  body: { displayName: 'Paged', fileName: 'p.cctk', configurationFileContent: content },
});
const states = `${CONFIGURATIONS}/${id}/deviceRunStates`;
for (let n = 0; n < 20; n++) {
  const body = { deviceName: `PC-${n}`, upn: 'ada@contoso.com', configurationState: n % 2 ? 'fail' : 'success' };
  await send(HttpMethod.POST, states, {
    ...{ body, serialize: models.serializeHardwareConfigurationDeviceState },
    as: models.createHardwareConfigurationDeviceStateFromDiscriminatorValue,
  });
}
const page = models.createHardwareConfigurationDeviceStateCollectionResponseFromDiscriminatorValue;
const first = await send(HttpMethod.GET, states, { query: { top: 7, orderby: 'deviceName' }, as: page });
const seen = [];
await new PageIterator(adapter, first, ({ deviceName }) => seen.push(deviceName) > 0, page, errors).iterate();

// It sends no headers of the requests in a batch, so they can have no bodies.
const batch = new BatchRequestContent(adapter, errors);
batch.addBatchRequest(request(HttpMethod.GET, states, { query: { top: 1 } }));
batch.addBatchRequest(request(HttpMethod.GET, `${CONFIGURATIONS}/${id}/runSummary`));
batch.addBatchRequest(request(HttpMethod.GET, `${CONFIGURATIONS}/nothing`));
const statuses = await (await batch.postAsync()).getResponsesStatusCodes();

const user = await send(HttpMethod.POST, 'users', {
  body: { displayName: 'Kay', userPrincipalName: 'kay@contoso.com', accountEnabled: true, mailNickname: 'kay' },
  serialize: models.serializeUser,
  as: models.createUserFromDiscriminatorValue,
});
const kay = await send(HttpMethod.GET, 'users/kay@contoso.com', { as: models.createUserFromDiscriminatorValue });

process.stdout.write(
  JSON.stringify({
    configurationLife,
    scriptLife,
    batch: [...statuses.values()],
    first: first.value.length,
    seen,
    user: [kay.id === user.id, kay.displayName, kay.accountEnabled],
  }),
);
process.exit();
