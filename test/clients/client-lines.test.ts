import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNavigation } from '../../src/edm/link.ts';
import { model } from '../../src/model/index.ts';
import { CLIENT_LINES } from '../support/client-lines.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import {
  CUSTOM_ATTRIBUTES,
  created,
  customAttributeBody,
  FILTERS,
  groupTarget,
  HARDWARE,
  hardwareBody,
  rowsOf,
  SCRIPTS,
  SHELL_SCRIPTS,
  scriptBody,
  shellScriptBody,
} from '../support/sample-bodies.ts';
import { filterBody } from '../support/sample-filters.ts';

/**
 * Sends what `client-lines.ts` lists. A line whose family is not served yet names it in `needs`; it is left out with its reason
 * printed, and runs as soon as the family is there.
 */

let api: InProcessApi;
const ids: Record<string, string> = {};
beforeAll(async () => {
  api = await startDescribedApi();
  const make = async (name: string, path: string, body: object): Promise<void> => {
    ids[`{${name}}`] = (await created(api, path, body)).id;
  };
  const group = { mailEnabled: false, mailNickname: 'pilot', securityEnabled: true };
  ids['{tenant}'] = api.tenantId;
  await make('user', 'users', { displayName: 'Ada', userPrincipalName: 'ada@example.com' });
  await make('device', 'deviceManagement/managedDevices', {
    deviceName: 'PC-1',
    userPrincipalName: 'ada@example.com',
    physicalMemoryInBytes: 1024,
  });
  await make('inner', 'groups', { ...group, displayName: 'Inner', 'members@odata.bind': [`users/${ids['{user}']}`] });
  await make('group', 'groups', {
    ...group,
    displayName: 'Pilot',
    'members@odata.bind': ['user', 'device', 'inner'].map((name) => `directoryObjects/${ids[`{${name}}`]}`),
  });
  await make('hardware', HARDWARE, hardwareBody());
  await make('filter', FILTERS, filterBody());
  await make('shell', SHELL_SCRIPTS, shellScriptBody());
  await make('attribute', CUSTOM_ATTRIBUTES, customAttributeBody());
  await make('password', 'deviceManagement/hardwarePasswordDetails', { id: ids['{device}'], currentPassword: 'secret' });
  if (isServed('deviceHealthScripts'))
    await make('health', 'deviceManagement/deviceHealthScripts', { displayName: 'Disk space', detectionScriptContent: 'eA==' });
  await make('script', SCRIPTS, scriptBody());
  await make('other', SCRIPTS, scriptBody({ fileName: 'x.ps1' }));
  await created(api, `${SCRIPTS}/${ids['{script}']}/assignments`, groupTarget(ids['{group}']!));
  const states = `${SCRIPTS}/${ids['{script}']}`;
  await make('state', `${states}/deviceRunStates`, {
    runState: 'success',
    'managedDevice@odata.bind': `deviceManagement/managedDevices/${ids['{device}']}`,
  });
  ids['{userState}'] = String((await rowsOf(api, `${states}/userRunStates`))[0]!.id);
});
afterAll(() => api.close());

const withIds = (text: string): string => Object.entries(ids).reduce((written, [name, id]) => written.replaceAll(name, id), text);

/** Whether a value has all that another one has. */
function matches(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(([name, part]) => matches((value as Record<string, unknown>)[name], part));
}

const isServed = (name: string): boolean =>
  model.findRoot(name) !== undefined || findNavigation(model.findRoot('deviceManagement')!.type, name) !== undefined;

describe.each(Object.entries(CLIENT_LINES))('%s', (client, lines) => {
  for (const { line, body, headers = {}, status = 200, answer, among, makes, needs } of lines) {
    const isMissing = needs !== undefined && !isServed(needs);
    if (isMissing) process.stdout.write(`not sent for ${client}: ${line} (${needs} is not served yet)\n`);
    it.skipIf(isMissing)(line, async () => {
      const [method, target] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)];
      const received = await api.request(method, withIds(target), {
        headers,
        ...(body === undefined ? {} : { body: withIds(JSON.stringify(body)) }),
      });
      expect(received.status, received.text).toBe(status);
      if (makes !== undefined) ids[`{${makes}}`] = received.body.id;
      if (among !== undefined) {
        const wanted = JSON.parse(withIds(JSON.stringify(among)));
        expect(received.body.value.filter((row: object) => matches(row, wanted)).length, received.text).toBeGreaterThan(0);
      }
      if (answer === undefined) return;
      const wanted = JSON.parse(withIds(JSON.stringify(answer)));
      if (typeof wanted === 'string') expect(received.text).toBe(wanted);
      else expect(received.body).toMatchObject(wanted);
    });
  }
});
