import { enumType, int32, string } from '../edm/declare.ts';

/** Result of a policy on a device. */
export const runState = enumType('runState', { unknown: 0, success: 1, fail: 2, scriptError: 3, pending: 4, notApplicable: 5 });

/** A member name of {@link runState}. */
export type RunState = Extract<keyof (typeof runState)['members'], string>;

/** Every result, in the order of the numbers. */
export const RUN_STATES = Object.keys(runState.members) as readonly RunState[];

/**
 * Whether a roll-up row was written by a client (`reported`) or is counted by the server (`derived`).
 * Internal: no client sees it.
 */
export const rowOrigin = enumType('rowOrigin', { derived: 0, reported: 1 });

/** Of a device state that was changed while the states of its policy are being reset: which reset it is done with. Internal. */
export const resetMark = string({ internal: true, nullable: true, format: 'uuid' });

/** The column of a summary that counts the device states with this result. */
export const stateCountColumn = <S extends RunState>(state: S): `${S}States` => `${state}States`;

const stateCount = int32({ internal: true });

/** Of a derived summary: how many device states there are with each result, whosever they are. Internal. */
export const stateCounts = {
  unknownStates: stateCount,
  successStates: stateCount,
  failStates: stateCount,
  scriptErrorStates: stateCount,
  pendingStates: stateCount,
  notApplicableStates: stateCount,
} satisfies Record<ReturnType<typeof stateCountColumn<RunState>>, typeof stateCount>;
