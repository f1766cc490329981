import { ok } from '@oazapfts/runtime';
import * as api from './api.mts';

/** Works with the client that oazapfts made of the OpenAPI document, and prints what it saw. */

const [url, token] = process.argv.slice(2);
api.defaults.baseUrl = `${url}/beta`;
api.defaults.headers = { authorization: `Bearer ${token}` };

const created: api.MicrosoftGraphHardwareConfigurationRead[] = [];
for (const displayName of ['typed 1', 'typed 2', 'typed 3', 'other']) {
  const microsoftGraphHardwareConfigurationCreate: api.MicrosoftGraphHardwareConfigurationCreate = {
    displayName,
    fileName: 'a.cctk',
    configurationFileContent: 'aGk=',
    hardwareConfigurationFormat: 'dell',
  };
  created.push(await ok(api.deviceManagementHardwareConfigurationsCreate({ microsoftGraphHardwareConfigurationCreate })));
}
const hardwareConfigurationId = created[0]!.id!;

const wanted = { filter: "startswith(displayName,'typed')", orderby: 'displayName', select: 'id,displayName', count: true };
const pages: (string | undefined)[][] = [];
let count: number | undefined;
let skiptoken: string | undefined;
do {
  const page = await ok(
    api.deviceManagementHardwareConfigurationsList({ ...wanted, top: 2, ...(skiptoken === undefined ? {} : { skiptoken }) }),
  );
  pages.push(page.value.map(({ displayName }) => displayName));
  count = page['@odata.count'];
  const next = page['@odata.nextLink'];
  skiptoken = next === undefined ? undefined : (new URL(next).searchParams.get('$skiptoken') ?? undefined);
} while (skiptoken !== undefined);

const updated = await ok(
  api.deviceManagementHardwareConfigurationsUpdate({
    hardwareConfigurationId,
    microsoftGraphHardwareConfiguration: { description: null, perDevicePasswordDisabled: true },
  }),
);
const assigned = await ok(
  api.deviceManagementHardwareConfigurationsAssign({
    hardwareConfigurationId,
    body: {
      hardwareConfigurationAssignments: [
        { target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: 'g1' } },
        { target: { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' } },
      ],
    },
  }),
);
const removed = await api.deviceManagementHardwareConfigurationsDelete({ hardwareConfigurationId });
const gone = await api.deviceManagementHardwareConfigurationsGet({ hardwareConfigurationId });

const seen = {
  pages,
  count,
  version: updated.version,
  targets: assigned.value.map(({ target }) => target?.['@odata.type']),
  removed: removed.status,
  gone: gone.status === 404 ? gone.data.error.code : 'still there',
};
process.stdout.write(JSON.stringify(seen));
