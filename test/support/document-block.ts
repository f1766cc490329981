import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fenced blocks of docs/clients.md, which tests run as they stand there: each has a comment before it that says who runs it. */

const DOCUMENT = readFileSync(join(import.meta.dirname, '../..', 'docs', 'clients.md'), 'utf8');

export interface DocumentBlock {
  /** What the comment says: a name, or why nothing runs it. */
  readonly runBy: string | undefined;
  readonly language: string;
  readonly text: string;
}

/** All of them, in order. */
export const documentBlocks: readonly DocumentBlock[] = [...DOCUMENT.matchAll(/(?:<!-- ([^\n]+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm)].map(
  ([, runBy, language, text]) => ({ runBy, language: language!, text: text! }),
);

/** The block whose comment is `run: <name>`. @throws where there is none */
export function documentBlock(name: string): string {
  const block = documentBlocks.find(({ runBy }) => runBy === `run: ${name}`);
  if (block === undefined) throw new Error(`docs/clients.md has no block 'run: ${name}'`);
  return block.text;
}
