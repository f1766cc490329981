import type { Policy, Tenant } from './accounting-model.ts';

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

/** What a family's properties are called. */
export const PROPERTIES = {
  hardware: { collection: 'hardwareConfigurations', result: 'configurationState', user: 'upn', success: 'successfulDeviceCount' },
  script: { collection: 'deviceManagementScripts', result: 'runState', user: 'userPrincipalName', success: 'successDeviceCount' },
} as const;

export const MISSING = '00000000-0000-4000-8000-000000000000';

/** One of a list, counted round. */
export const pickOf = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];

export const pathOf = ({ id, family }: Policy): string => `deviceManagement/${PROPERTIES[family].collection}/${id}`;

/** Only what was given. */
export const defined = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
