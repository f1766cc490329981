import { FetchClient } from '@odata2ts/http-client-fetch';
import {
  deviceAndAppManagementAssignmentFilterType,
  type EditabledeviceManagementScript,
  type groupAssignmentTarget,
  runAsAccountType,
} from './odata/MusterModel.js';
import { MusterService } from './odata/MusterService.js';

/** Works with the client that odata2ts made of `$metadata`, and prints what it saw. */

const [url, token] = process.argv.slice(2);
const client = new FetchClient({ headers: { Authorization: `Bearer ${token}` } });
const service = new MusterService(client, `${url}/beta`);
const scripts = service.deviceManagement().deviceManagementScripts();

const script: EditabledeviceManagementScript = { runAsAccount: runAsAccountType.system, enforceSignatureCheck: false, runAs32Bit: false };
const ids: string[] = [];
for (const displayName of ['typed 1', 'typed 2', 'typed 3', 'other']) {
  const { data } = await scripts.create({ ...script, displayName, fileName: 'a.ps1', scriptContent: 'aGk=' });
  ids.push(data.id);
}

const pages: (string | null)[][] = [];
let count: number | undefined;
for (const skip of [0, 2]) {
  const { data } = await scripts.query((builder, script) =>
    builder
      .select('id', 'displayName')
      .filter(script.displayName.startsWith('typed'))
      .orderBy(script.displayName.asc())
      .count()
      .skip(skip)
      .top(2),
  );
  pages.push(data.value.map(({ displayName }) => displayName));
  count = data['@odata.count'];
}

const one = service.deviceManagement().deviceManagementScripts(ids[0]!);
const patched = await one.patch({ description: 'changed', runAs32Bit: true });
const target: groupAssignmentTarget & { readonly '@odata.type': string } = {
  '@odata.type': '#microsoft.graph.groupAssignmentTarget',
  deviceAndAppManagementAssignmentFilterId: null,
  deviceAndAppManagementAssignmentFilterType: deviceAndAppManagementAssignmentFilterType.none,
  groupId: 'g1',
};
const assigned = await one.assign({ deviceManagementScriptAssignments: [{ id: '', target }] });
const read = await one.query((builder) => builder.select('description', 'runAs32Bit').expand('assignments'));
const removed = await one.delete();
const gone = await one.query().catch((error: { readonly status?: number }) => ({ status: error.status }));

const seen = {
  pages,
  count,
  patched: patched.status,
  assigned: assigned.status,
  description: read.data.description,
  runAs32Bit: read.data.runAs32Bit,
  targets: read.data.assignments?.map(({ id }) => id.split(':')[1]),
  removed: removed.status,
  gone: gone.status,
};
process.stdout.write(JSON.stringify(seen));
