import type { DeviceStateBody } from './device-states.ts';

/** The JSON texts that the yardsticks keep and answer with: the same members as Graph's, by the cheapest way to write them. */

/** Run states by their number in the yardsticks' columns, with the name of their count; index 0 is the worst. */
export const STATES = ['scriptError', 'fail', 'pending', 'unknown', 'success', 'notApplicable'] as const;

/** A device count for each of {@link STATES}, in their order. */
export type Counts = readonly number[];

const COUNTED = ['error', 'failed', 'pending', 'unknown', 'successful', 'notApplicable'] as const;

/** The number of a run state. */
export const stateNumber: ReadonlyMap<string, number> = new Map(STATES.map((name, number) => [name, number]));

/** The state of a user with these devices: the worst that one of them has; -1 without any. */
export const worstOf = (counts: Counts): number => counts.findIndex((count) => count > 0);

/** A device state as it is stored and answered. */
export const deviceStateText = (id: string, body: DeviceStateBody): string =>
  JSON.stringify({
    id,
    deviceName: body.deviceName,
    osVersion: body.osVersion,
    upn: body.upn,
    internalVersion: body.internalVersion,
    lastStateUpdateDateTime: body.lastStateUpdateDateTime,
    configurationState: body.configurationState,
    configurationOutput: body.configurationOutput,
    configurationError: body.configurationError,
    assignmentFilterIds: body.assignmentFilterIds,
    userId: null,
  });

const countMembers = (counts: Counts, kind: 'Device' | 'User'): string =>
  COUNTED.map((name, i) => `"${name}${kind}Count":${counts[i]}`).join();

/** What is known of one user of a policy. */
export interface UserCounters {
  readonly policyId: string;
  readonly upn: string;
  readonly devices: Counts;
  /** Milliseconds. */
  readonly last: number;
}

/** A user state. Its id is the policy and the user, so that it need not be kept. */
export const userStateText = ({ policyId, upn, devices, last }: UserCounters): string => {
  const name = JSON.stringify(upn);
  const time = new Date(last).toISOString();
  return `{"id":"${policyId}_${name.slice(1)},"upn":${name},"userEmail":null,"userName":null,"lastStateUpdateDateTime":"${time}",${countMembers(devices, 'Device')}}`;
};

/** What is known of one policy. */
export interface SummaryCounters {
  readonly policyId: string;
  readonly devices: Counts;
  readonly users: Counts;
  /** Milliseconds. */
  readonly last: number;
}

/** A run summary. */
export const summaryText = ({ policyId, devices, users, last }: SummaryCounters): string =>
  `{"id":"${policyId}",${countMembers(devices, 'Device')},${countMembers(users, 'User')},"lastRunDateTime":"${new Date(last).toISOString()}"}`;
