import { incomingStates, upnOf } from './device-states.ts';
import { seededRandom } from './random.ts';
import { seededId } from './uuid-v7.ts';

/** What is asked of a server, the same of every server: requests made from the size of its table alone. */

/** The policy with all the device states, and one with a few. */
export const LARGE_POLICY = '0198c0de-0000-7000-8000-000000000001';
export const SMALL_POLICY = '0198c0de-0000-7000-8000-000000000002';
/** Device states of {@link SMALL_POLICY}. */
export const SMALL_ROWS = 10;

/** One request; with a body it is a POST. */
export interface WorkRequest {
  readonly path: string;
  readonly body?: object;
}

export interface Work {
  readonly title: string;
  /** The only status that is right. */
  readonly status: number;
  /** Rows that each answer has made. */
  readonly adds: number;
  /** The requests, sent in turn. @param rows device states in {@link LARGE_POLICY} */
  requests(rows: number): readonly WorkRequest[];
  /** What every answer has, and how often: a cheap look at each. */
  readonly holds: { readonly text: string; readonly times: number };
}

export type WorkName = 'W1' | 'W2' | 'R1' | 'R2' | 'R3' | 'R4' | 'R4-small' | 'R5' | 'R6';

/** How many different requests a work has, where they differ. */
const DIFFERENT = 20_000;
export const BATCH_SIZE = 20;
export const PAGE_SIZE = 100;

const policyPath = (policyId: string): string => `/deviceManagement/hardwareConfigurations/${policyId}`;
const LARGE = `/beta${policyPath(LARGE_POLICY)}`;
const FAILED = "$filter=configurationState%20eq%20'fail'";

/** Requests for rows all over the table. */
function spread(rows: number, path: (index: number) => string): readonly WorkRequest[] {
  const random = seededRandom(3);
  return Array.from({ length: Math.min(DIFFERENT, rows) }, () => ({ path: path(Math.floor(random() * rows)) }));
}

function batch(states: readonly object[]): WorkRequest {
  const url = `${policyPath(LARGE_POLICY)}/deviceRunStates`;
  const headers = { 'Content-Type': 'application/json' };
  return { path: '/beta/$batch', body: { requests: states.map((body, i) => ({ id: String(i + 1), method: 'POST', url, headers, body })) } };
}

const reading = (title: string, holds: Work['holds'], requests: Work['requests']): Work => ({
  title,
  status: 200,
  adds: 0,
  requests,
  holds,
});

export const works: Readonly<Record<WorkName, Work>> = {
  W1: {
    title: 'POST of one device state',
    status: 201,
    adds: 1,
    requests: (rows) => incomingStates(DIFFERENT, rows).map((body) => ({ path: `${LARGE}/deviceRunStates`, body })),
    holds: { text: '"configurationState":', times: 1 },
  },
  W2: {
    title: `$batch of ${BATCH_SIZE} such POSTs`,
    status: 200,
    adds: BATCH_SIZE,
    requests(rows) {
      const states = incomingStates(DIFFERENT, rows);
      return Array.from({ length: DIFFERENT / BATCH_SIZE }, (_, i) => batch(states.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE)));
    },
    holds: { text: '"status":201', times: BATCH_SIZE },
  },
  R1: reading('GET by id', { text: '"configurationState":', times: 1 }, (rows) =>
    spread(rows, (index) => `${LARGE}/deviceRunStates/${seededId(index)}`),
  ),
  R2: reading(`page of ${PAGE_SIZE} failed states, newest first`, { text: '"configurationState":"fail"', times: PAGE_SIZE }, () => [
    { path: `${LARGE}/deviceRunStates?${FAILED}&$orderby=lastStateUpdateDateTime%20desc` },
  ]),
  R3: reading('$count of failed states', { text: '', times: 0 }, () => [{ path: `${LARGE}/deviceRunStates/$count?${FAILED}` }]),
  R4: reading('run summary', { text: '"failedDeviceCount":', times: 1 }, () => [{ path: `${LARGE}/runSummary` }]),
  'R4-small': reading(`run summary of ${SMALL_ROWS} states`, { text: '"failedDeviceCount":', times: 1 }, () => [
    { path: `/beta${policyPath(SMALL_POLICY)}/runSummary` },
  ]),
  R5: reading('user state of one upn', { text: '"failedDeviceCount":', times: 1 }, (rows) =>
    spread(rows, (index) => `${LARGE}/userRunStates?$filter=upn%20eq%20'${upnOf(index)}'`),
  ),
  R6: reading(`page of ${PAGE_SIZE} user states`, { text: '"failedDeviceCount":', times: PAGE_SIZE }, () => [
    { path: `${LARGE}/userRunStates` },
  ]),
};
