import { expect } from 'vitest';
import type { InProcessApi } from './in-process-api.ts';

/** Bodies of requests that succeed, and the entities made from them: what the suites in this folder start from. */

export const HARDWARE = 'deviceManagement/hardwareConfigurations';
export const SCRIPTS = 'deviceManagement/deviceManagementScripts';
export const FILTERS = 'deviceManagement/assignmentFilters';
export const SHELL_SCRIPTS = 'deviceManagement/deviceShellScripts';
export const CUSTOM_ATTRIBUTES = 'deviceManagement/deviceCustomAttributeShellScripts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The smallest hardware configuration. */
export const hardwareBody = (changes: object = {}) => ({
  displayName: 'BIOS baseline',
  fileName: 'baseline.cctk',
  configurationFileContent: base64('[cctk]\nSecureBoot=Enabled'),
  ...changes,
});

/** A script as tools send it. */
export const scriptBody = (changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.deviceManagementScript',
  displayName: 'Map drives',
  fileName: 'map.ps1',
  scriptContent: base64('Write-Output 1'),
  runAsAccount: 'system',
  ...changes,
});

/** A security group, as Graph wants it. */
export const groupBody = (changes: object = {}) => ({
  displayName: 'G',
  mailEnabled: false,
  mailNickname: 'g',
  securityEnabled: true,
  ...changes,
});

/** A shell script as tools send it. */
export const shellScriptBody = (changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.deviceShellScript',
  displayName: 'Set the dock',
  fileName: 'dock.sh',
  scriptContent: base64('#!/bin/sh\necho 1'),
  runAsAccount: 'user',
  retryCount: 3,
  executionFrequency: 'P1D',
  blockExecutionNotifications: true,
  ...changes,
});

/** A custom attribute as tools send it. */
export const customAttributeBody = (changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.deviceCustomAttributeShellScript',
  displayName: 'Disk size',
  fileName: 'disk.sh',
  scriptContent: base64('#!/bin/sh\necho 512'),
  runAsAccount: 'system',
  customAttributeName: 'diskSize',
  customAttributeType: 'integer',
  ...changes,
});

/** An assignment to a group. */
export const groupTarget = (groupId: string) => ({
  target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId },
});

/** Creates an entity and returns what the server answered. */
export async function created(api: InProcessApi, path: string, body: object): Promise<Record<string, unknown> & { readonly id: string }> {
  const answer = await api.request('POST', path, { body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

/** A policy's URL path. */
export const createdPath = async (api: InProcessApi, path: string, body: object): Promise<string> =>
  `${path}/${(await created(api, path, body)).id}`;

/** All rows of a collection that fits on one page. */
export async function rowsOf(api: InProcessApi, path: string, token?: string): Promise<readonly Record<string, unknown>[]> {
  const answer = await api.request('GET', path, token === undefined ? {} : { token });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.value;
}
