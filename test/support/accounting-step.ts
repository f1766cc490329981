import type { Family, Policy, Tenant } from './accounting-model.ts';

/** One request with what the model expects of it, and the words that all steps share. */

export interface World {
  readonly tenants: readonly Tenant[];
  /** The server's time. */
  now(): string;
}

export interface Step {
  readonly tenant: number;
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** The status that the model expects. */
  readonly status: number;
  /** Changes the model, if the status is a success. `body` is the server's answer, whence new ids come. */
  settle?(body: Readonly<Record<string, unknown>>): void;
}

const SCRIPT_PROPERTIES = {
  result: 'runState',
  user: 'userPrincipalName',
  success: 'successDeviceCount',
  assignments: 'deviceManagementScriptAssignments',
} as const;

/** What a family's properties are called. */
export const PROPERTIES = {
  hardware: {
    collection: 'hardwareConfigurations',
    result: 'configurationState',
    user: 'upn',
    success: 'successfulDeviceCount',
    assignments: 'hardwareConfigurationAssignments',
  },
  script: { collection: 'deviceManagementScripts', ...SCRIPT_PROPERTIES },
  shell: { collection: 'deviceShellScripts', ...SCRIPT_PROPERTIES },
  customAttribute: { collection: 'deviceCustomAttributeShellScripts', ...SCRIPT_PROPERTIES },
} as const;

export const MISSING = '00000000-0000-4000-8000-000000000000';

/** One of a list, counted round. */
export const pickOf = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];

/** There is no other way to a hardware configuration, or by one. */
const wayTo = (family: Family, by: Family): Family => (family === 'hardware' || by === 'hardware' ? family : by);

/**
 * A policy's path.
 * @param by the collection to go by: that of another kind of script reaches everything but the script itself
 */
export const pathOf = ({ id, family }: Policy, by = family): string => `deviceManagement/${PROPERTIES[wayTo(family, by)].collection}/${id}`;

/** Whether {@link pathOf} goes by another collection than the policy's own. */
export const isElsewhere = ({ family }: Policy, by: Family): boolean => wayTo(family, by) !== family;

/** Only what was given. */
export const defined = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
