import type { Answer, Client } from './client.ts';
import { deviceState } from './device-states.ts';
import { type Entry, GONE, type Ledger } from './ledger.ts';

/** Where one round writes. */
export interface Battlefield {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly deviceStates: string;
  readonly hardwareUserStates: string;
  readonly scriptUserStates: string;
  readonly random: () => number;
  /** Whether the server has been killed: from then on a broken connection is no news. */
  readonly isKilled: () => boolean;
}

const USERS = 40;
const WHEN = '2017-01-01T00:02:58.4418045-08:00';

/** Sends one write after the other until the server is gone. Each worker changes only what it made itself. */
export async function tortureWorker(field: Battlefield): Promise<void> {
  const { client, ledger, random } = field;
  const own: Entry[] = [];

  async function create(collection: string, body: object): Promise<void> {
    const isState = collection === field.deviceStates;
    if (isState) ledger.unansweredStates += 1;
    const answer = expected(201, await client('POST', collection, body));
    if (answer === undefined) return;
    if (isState) ledger.unansweredStates -= 1;
    own.push(ledger.created(collection, body, answer.body));
  }

  function changeOf({ path }: Entry): Answer['body'] {
    if (path.startsWith(field.deviceStates)) return { configurationState: 'fail', configurationOutput: `changed ${random()}` };
    if (path.startsWith(field.hardwareUserStates)) return { failedDeviceCount: dice(9), userName: `changed ${random()}` };
    return { errorDeviceCount: dice(9) };
  }

  async function patch(entry: Entry): Promise<void> {
    const change = changeOf(entry);
    entry.pending = change;
    if (expected(200, await client('PATCH', entry.path, change)) !== undefined) ledger.acknowledged(entry);
  }

  async function remove(entry: Entry): Promise<void> {
    entry.pending = GONE;
    if (expected(204, await client('DELETE', entry.path)) !== undefined) ledger.acknowledged(entry);
  }

  function expected(status: number, answer: Answer): Answer | undefined {
    if (answer.status === status) return answer;
    ledger.problems.push(`an answer is ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
    return undefined;
  }

  const dice = (sides: number): number => Math.floor(random() * sides);
  const upn = (): string => `user${dice(USERS)}@example.com`;

  function step(): Promise<void> {
    const chance = random();
    if (chance < 0.1) {
      const counts = { successfulDeviceCount: dice(5), failedDeviceCount: dice(3), pendingDeviceCount: dice(3) };
      return create(field.hardwareUserStates, { upn: upn(), userName: 'A user', lastStateUpdateDateTime: WHEN, ...counts });
    }
    if (chance < 0.2) {
      return create(field.scriptUserStates, { userPrincipalName: upn(), successDeviceCount: dice(5), errorDeviceCount: dice(3) });
    }
    const alive = chance < 0.4 ? own.filter((entry) => entry.acknowledged !== GONE) : [];
    if (alive.length === 0) return create(field.deviceStates, { ...deviceState(dice(USERS * 4), random), lastStateUpdateDateTime: WHEN });
    const entry = alive[dice(alive.length)]!;
    return chance < 0.3 ? patch(entry) : remove(entry);
  }

  while (!field.isKilled()) {
    try {
      await step();
    } catch (error) {
      if (!field.isKilled()) ledger.problems.push(`the server closed a connection by itself: ${String(error)}`);
      return;
    }
  }
}
