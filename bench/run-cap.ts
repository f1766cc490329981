import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../src/lib/app-error.ts';
import { prepareCap } from './cap-data.ts';
import { capWorks } from './cap-requests.ts';
import { type Comparison, compare, SERVER_CORE, type Subject, type Turns } from './measure.ts';
import type { SeedOptions } from './seeds.ts';
import { spawnServer } from './spawned-server.ts';
import { type WorkName, works } from './works.ts';

/** How many times what SAP CAP answers Muster must answer. */
export const CAP_TARGETS: Partial<Record<WorkName, number>> = { W1: 15, W2: 25, R1: 8, R2: 8, R3: 40 };

/** SAP CAP with the seeded rows. */
export interface RunningCap extends AsyncDisposable {
  /** Measures Muster in turn with it. @returns undefined for a work that CAP is not asked for. @throws internal when an answer is wrong */
  compare(muster: Subject, turns: Turns): Promise<Comparison | undefined>;
  /** @throws internal when it does not have so many rows more than it was seeded with */
  checkCount(added: number): Promise<void>;
}

/**
 * Starts SAP CAP, the OData server for Node, on SQLite. It verifies no tokens and counts nothing; it has an index for every work, and
 * the page cache and checkpoints that the yardstick has.
 */
export async function startCap(seeding: SeedOptions): Promise<RunningCap> {
  const { rows, say } = seeding;
  const { program } = await prepareCap(seeding);
  const cap = await spawnServer({ program, core: SERVER_CORE });
  return {
    async compare(muster, turns) {
      const { work } = muster.order;
      if (capWorks[work] === undefined) return undefined;
      say(`${work}: against SAP CAP …`);
      const reference: Subject = { url: cap.url, pids: [cap.pid], order: { ...muster.order, token: 'none', dialect: 'cap' } };
      if (works[work].adds === 0) await checkSameRows(muster, reference);
      return await compare(turns, { subject: muster, reference });
    },
    async checkCount(added) {
      const found = await (await fetch(`${cap.url}/cap/DeviceRunStates/$count`)).json();
      if (found !== rows + added) throw new AppError('internal', `SAP CAP stored ${String(found)} states instead of ${rows + added}.`);
    },
    [Symbol.asyncDispose]: () => cap[Symbol.asyncDispose](),
  };
}

/** Requests of each work that are compared. */
const TRIED = 20;

async function checkSameRows(muster: Subject, cap: Subject): Promise<void> {
  const { work, rows } = muster.order;
  const theirs = capWorks[work]!.requests(rows);
  for (const [i, { path }] of works[work].requests(rows).slice(0, TRIED).entries()) {
    if (isDeepStrictEqual(await ask(muster, path), await ask(cap, theirs[i]!.path))) continue;
    throw new AppError('internal', `SAP CAP disagrees on ${theirs[i]!.path}.`);
  }
}

/** What a server says of device states. */
async function ask({ url, order }: Subject, path: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${order.token}`, accept: 'application/json' } });
  const text = await response.text();
  if (response.status === 200) return contentOf(text);
  throw new AppError('internal', `The server at ${url} answers ${response.status} to ${path}: ${text}`);
}

/** An answer without what only one of the two says. */
const contentOf = (text: string): unknown =>
  JSON.parse(text, (name, value) => (name.startsWith('@odata.') || name === 'userId' || name === 'configuration_id' ? undefined : value));
