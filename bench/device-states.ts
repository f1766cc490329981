import type { RunState } from '../src/model/run-state.ts';
import { seededRandom } from './random.ts';

/** What a client sends to create one hardwareConfigurationDeviceState. */
export interface DeviceStateBody {
  readonly deviceName: string;
  readonly osVersion: string;
  readonly upn: string;
  readonly internalVersion: number;
  readonly lastStateUpdateDateTime: string;
  readonly configurationState: RunState;
  readonly configurationOutput: string;
  readonly configurationError: string;
  readonly assignmentFilterIds: string;
}

/** Share of each result, as fleets have them: mostly well. */
const SHARES: readonly (readonly [RunState, number])[] = [
  ['success', 0.8],
  ['pending', 0.88],
  ['fail', 0.93],
  ['notApplicable', 0.96],
  ['scriptError', 0.98],
  ['unknown', 1],
];

/** The last of the thirty days that results are spread over. */
const END = Date.UTC(2026, 0, 31);
const THIRTY_DAYS = 30 * 86_400_000;
const DEVICES_PER_USER = 4;
const OUTPUT_LENGTH = 200;
const SETTINGS = 'SecureBoot=Enabled WakeOnLan=LanOnly TpmSecurity=Enabled BootList=Uefi '.repeat(3);

/** The user of device state number `index`: neighbours belong to one user. */
export const upnOf = (index: number): string => `user${Math.floor(index / DEVICES_PER_USER)}@example.com`;

/** Device state number `index` of a fleet; some 550 bytes as JSON. */
export function deviceState(index: number, random: () => number): DeviceStateBody {
  const dice = random();
  const configurationState = SHARES.find(([, upTo]) => dice < upTo)![0];
  const failed = configurationState === 'fail' || configurationState === 'scriptError';
  const serial = Math.floor(random() * 0x100000000)
    .toString(16)
    .padStart(8, '0');
  return {
    deviceName: `LAPTOP-${serial.toUpperCase()}-${index}`,
    osVersion: `10.0.26100.${Math.floor(random() * 9000)}`,
    upn: upnOf(index),
    internalVersion: 1 + Math.floor(random() * 20),
    lastStateUpdateDateTime: new Date(END - Math.floor(random() * THIRTY_DAYS)).toISOString(),
    configurationState,
    configurationOutput: `run=${serial} duration=${Math.floor(random() * 9000)}ms ${SETTINGS}`.slice(0, OUTPUT_LENGTH),
    configurationError: failed ? `The firmware refused the setting: error 0x${serial}, password needed` : '',
    assignmentFilterIds: `${serial}-4b1d-4b7e-9c0a-${serial}0001`,
  };
}

/** Device states number 0 to `rows`, the same ones in every run. */
export function* fleet(rows: number): Generator<DeviceStateBody> {
  const random = seededRandom(1);
  for (let index = 0; index < rows; index++) yield deviceState(index, random);
}

/** Results of devices all over a fleet of so many rows, as they come in: of no user in particular. */
export function incomingStates(count: number, rows: number): readonly DeviceStateBody[] {
  const random = seededRandom(2);
  return Array.from({ length: count }, () => deviceState(Math.floor(random() * rows), random));
}

/** The items of a sequence, so many at a time. */
export function* batches<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let batch: T[] = [];
  for (const item of items) {
    if (batch.push(item) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
