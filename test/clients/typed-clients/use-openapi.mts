import { ok } from '@oazapfts/runtime';
import * as api from './api.mts';

/** Works with the client that oazapfts made of the OpenAPI document, and prints what it saw. */

const [url, token] = process.argv.slice(2);
api.defaults.baseUrl = `${url}/beta`;
api.defaults.headers = { authorization: `Bearer ${token}` };

/** The content of an answer: there is none only for clients that prefer `return=minimal`. */
function content<Answer extends { status: number }>(answer: Answer): Extract<Answer, { status: 200 | 201 }> {
  if (answer.status !== 200 && answer.status !== 201) throw new Error(JSON.stringify(answer));
  return answer as Extract<Answer, { status: 200 | 201 }>;
}

const created: api.MicrosoftGraphHardwareConfigurationRead[] = [];
for (const displayName of ['typed 1', 'typed 2', 'typed 3', 'other']) {
  const microsoftGraphHardwareConfigurationCreate: api.MicrosoftGraphHardwareConfigurationCreate = {
    displayName,
    fileName: 'a.cctk',
    configurationFileContent: 'aGk=',
    hardwareConfigurationFormat: 'dell',
  };
  created.push(content(await api.deviceManagementHardwareConfigurationsCreate({ microsoftGraphHardwareConfigurationCreate })).data);
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

const { data: updated } = content(
  await api.deviceManagementHardwareConfigurationsUpdate({
    hardwareConfigurationId,
    microsoftGraphHardwareConfigurationInput: { description: null, perDevicePasswordDisabled: true },
  }),
);
const { data: assigned } = content(
  await api.deviceManagementHardwareConfigurationsAssign({
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
