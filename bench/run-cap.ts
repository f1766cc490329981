import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../src/lib/app-error.ts';
import type { Answering } from './agreement.ts';
import { prepareCap } from './cap-data.ts';
import { capWorks } from './cap-requests.ts';
import { type Comparison, compare, SERVER_CORE, type Subject } from './measure.ts';
import type { Options } from './options.ts';
import type { SeedOptions } from './seeds.ts';
import { spawnServer } from './spawned-server.ts';
import { type WorkName, works } from './works.ts';

/** How many times what SAP CAP answers Muster must answer. */
export const CAP_TARGETS: Partial<Record<WorkName, number>> = { W1: 15, W2: 25, R1: 8, R2: 8, R3: 40 };

/** The Muster that is compared, on a table that nothing was added to or that was: only reads of seeded rows must agree. */
export interface AgainstCap {
  readonly muster: Answering;
  readonly subject: (work: WorkName) => Subject;
  readonly seeding: SeedOptions;
}

/** Requests of each work that are compared. */
const TRIED = 20;

/**
 * Measures Muster in turn with SAP CAP, the OData server for Node, on SQLite. CAP verifies no tokens and counts nothing; it has an
 * index for every work, and the page cache and checkpoints that Muster has.
 * @returns Muster as the subject, CAP as the reference, for those works of the options that CAP knows
 * @throws internal when an answer is wrong
 */
export async function compareWithCap(options: Options, against: AgainstCap): Promise<Partial<Record<WorkName, Comparison>>> {
  const { muster, subject, seeding } = against;
  const { say, rows } = seeding;
  const { program } = await prepareCap(seeding);
  await using cap = await spawnServer({ program, core: SERVER_CORE });
  const measured: Partial<Record<WorkName, Comparison>> = {};
  let added = 0;
  for (const work of options.works) {
    if (capWorks[work] === undefined) continue;
    say(`${work} against SAP CAP: ${works[work].title} …`);
    await checkSameRows(work, rows, [muster, { url: cap.url, token: '' }]);
    const reference: Subject = { url: cap.url, pids: [cap.pid], order: { ...options, rows, token: 'none', work, dialect: 'cap' } };
    const comparison = await compare(options.rounds, { subject: subject(work), reference });
    measured[work] = comparison;
    for (const [, { answers }] of comparison.rounds) added += answers * works[work].adds;
  }
  const found = await (await fetch(`${cap.url}/cap/DeviceRunStates/$count`)).json();
  if (found !== rows + added) throw new AppError('internal', `SAP CAP stored ${String(found)} states instead of ${rows + added}.`);
  return measured;
}

/** What both servers say of a device state. */
const contentOf = (text: string): unknown =>
  JSON.parse(text, (name, value) => (name.startsWith('@odata.') || name === 'userId' || name === 'configuration_id' ? undefined : value));

async function ask({ url, token }: Answering, path: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}`, accept: 'application/json' } });
  const text = await response.text();
  if (response.status === 200) return contentOf(text);
  throw new AppError('internal', `The server at ${url} answers ${response.status} to ${path}: ${text}`);
}

async function checkSameRows(work: WorkName, rows: number, [muster, cap]: readonly [Answering, Answering]): Promise<void> {
  if (works[work].adds > 0) return;
  const theirs = capWorks[work]!.requests(rows);
  for (const [i, { path }] of works[work].requests(rows).slice(0, TRIED).entries()) {
    if (isDeepStrictEqual(await ask(muster, path), await ask(cap, theirs[i]!.path))) continue;
    throw new AppError('internal', `SAP CAP disagrees on ${theirs[i]!.path}.`);
  }
}
