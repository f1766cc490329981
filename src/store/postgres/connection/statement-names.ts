import type { Fragment } from '../../sql/fragment.ts';
import type { Statement } from './connection.ts';

/** Most statements that a connection keeps prepared: their shapes are in the hands of clients, and PostgreSQL forgets none by itself. */
const NAMED = 400;
/** Uses before a statement gets a name; four times as many for each hundred that have one, so that nobody takes them all in passing. */
const USES = 3;
const usesNeeded = (): number => USES * 4 ** Math.floor(named / 100);
/** Each connection keeps its text and its plan. */
const LONGEST_NAMED = 20_000;

const QUOTED_OR_PLACE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

/** The text of a fragment with `$1`, `$2`, … in the places of its parameters. */
export function numbered({ text }: Pick<Fragment, 'text'>): string {
  let places = 0;
  return text.replace(QUOTED_OR_PLACE, (found) => (found === '?' ? `$${++places}` : found));
}

let named = 0;

/** One text, which gets a name when it has been used a few times: preparing costs more than it saves before. */
export class NamedStatement {
  readonly #text: string;
  #uses = 0;
  #name: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The statement for its next use. */
  next(): Statement {
    if (this.#name === undefined) {
      if (++this.#uses < usesNeeded() || named >= NAMED || this.#text.length > LONGEST_NAMED) return { text: this.#text };
      this.#name = `muster_${++named}`;
    }
    return { text: this.#text, name: this.#name };
  }
}
