import { isDeepStrictEqual } from 'node:util';
import type { Answer, Client } from './client.ts';

type Body = Answer['body'];

/** Deleted, or about to be. */
export const GONE = 'gone';

/** What is known of one entity on the server. */
export interface Entry {
  readonly path: string;
  /** What the last acknowledged write left. */
  acknowledged: Body | typeof GONE;
  /** A write that was sent and not answered yet: it may have happened or not, but nothing in between. */
  pending: Body | typeof GONE | undefined;
}

/** A body without what the answer says about itself. */
export const contentOf = (body: Body): Body => Object.fromEntries(Object.entries(body).filter(([name]) => !name.startsWith('@odata.')));

/** Everything that the server has acknowledged in one round, written down by the clients that were told. */
export class Ledger {
  readonly entries: Entry[] = [];
  readonly problems: string[] = [];
  acknowledgements = 0;
  /** Device states that were sent and never answered: each may be there or not. */
  unansweredStates = 0;

  /** Notes a created entity. */
  created(collection: string, sent: object, body: Body): Entry {
    const acknowledged = contentOf(body);
    const entry: Entry = { path: `${collection}/${String(body.id)}`, acknowledged, pending: undefined };
    for (const [name, value] of Object.entries(sent)) {
      if (!isDeepStrictEqual(acknowledged[name], value))
        this.problems.push(`${entry.path} was answered with another ${name} than was sent`);
    }
    this.entries.push(entry);
    this.acknowledgements += 1;
    return entry;
  }

  /** Notes that an entity's pending write was answered with success. */
  acknowledged(entry: Entry): void {
    entry.acknowledged = after(entry);
    entry.pending = undefined;
    this.acknowledgements += 1;
  }
}

/** What the entity is once its pending write has happened. */
const after = ({ acknowledged, pending }: Entry): Entry['acknowledged'] =>
  pending === GONE || acknowledged === GONE ? GONE : { ...acknowledged, ...pending };

/**
 * Compares an entity with what the server answers now, and settles its pending write.
 * @returns what is wrong
 */
export async function verify(entry: Entry, client: Client): Promise<string | undefined> {
  const { status, body } = await client('GET', entry.path);
  if (status !== 200 && status !== 404) return `GET ${entry.path} answers ${status}: ${JSON.stringify(body)}`;
  const found = status === 404 ? GONE : contentOf(body);
  const possible = [entry.acknowledged, ...(entry.pending === undefined ? [] : [after(entry)])];
  if (!possible.some((content) => isDeepStrictEqual(content, found))) {
    return `${entry.path} is ${JSON.stringify(found)}, acknowledged was ${possible.map((content) => JSON.stringify(content)).join(' or ')}`;
  }
  entry.acknowledged = found;
  entry.pending = undefined;
  return undefined;
}
