import { type Client, expectStatus } from './client.ts';
import { type Entry, GONE, type Ledger, verify } from './ledger.ts';

/** Entities of earlier rounds that are compared again after each. */
const OLDER_SAMPLE = 200;
/** Comparisons at the same time. */
const TOGETHER = 16;

/** What a round must have left. */
export interface Checked {
  readonly client: Client;
  readonly ledger: Ledger;
  /** The collection that the round has added device states to. */
  readonly deviceStates: string;
  readonly older: readonly Entry[];
  readonly random: () => number;
}

/** Compares what the server has with what it has acknowledged. @returns what is wrong, and how many entities were compared */
export async function checkRound({
  client,
  ledger,
  deviceStates,
  older,
  random,
}: Checked): Promise<{ readonly problems: readonly string[]; readonly verified: number }> {
  const sample = Array.from({ length: Math.min(OLDER_SAMPLE, older.length) }, () => older[Math.floor(random() * older.length)]!);
  const entries = [...ledger.entries, ...sample];
  const problems = [...ledger.problems, ...(await verifyAll(entries, client)), ...(await checkCount(client, ledger, deviceStates))];
  return { problems, verified: entries.length };
}

/** Compares entities with what the server answers, some at a time. */
async function verifyAll(entries: readonly Entry[], client: Client): Promise<readonly string[]> {
  const problems: string[] = [];
  const left = entries.values();
  const verifyNext = async (): Promise<void> => {
    for (const entry of left) {
      const problem = await verify(entry, client);
      if (problem !== undefined) problems.push(problem);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, verifyNext));
  return problems;
}

/** There are as many device states as were acknowledged, and at most those more that were sent and not answered. */
async function checkCount(client: Client, ledger: Ledger, deviceStates: string): Promise<readonly string[]> {
  const known = ledger.entries.filter(({ path, acknowledged }) => path.startsWith(deviceStates) && acknowledged !== GONE).length;
  const body = await expectStatus(200, client('GET', `${deviceStates}?$count=true&$top=1`));
  const extra = (body['@odata.count'] as number) - known;
  if (extra >= 0 && extra <= ledger.unansweredStates) return [];
  return [`${known} device states are known and ${ledger.unansweredStates} were not answered, but ${known + extra} are there`];
}
