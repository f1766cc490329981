import type { HttpBody } from '../../lib/http.ts';

/** A body that is made while its client takes it. */
export type Pieces = Exclude<HttpBody, string | Uint8Array>;

export const isInPieces = (body: HttpBody | undefined): body is Pieces => typeof body === 'object' && Symbol.asyncIterator in body;

/**
 * Makes the first piece, so that a maker that fails at once still gets an error answer.
 * @returns all pieces, the first among them; they can be walked once, and `return` may be called at any time
 */
export async function begun(pieces: Pieces): Promise<Pieces> {
  const iterator = pieces[Symbol.asyncIterator]();
  let first: IteratorResult<string | Uint8Array> | undefined = await iterator.next();
  const whole: AsyncIterator<string | Uint8Array> = {
    async next() {
      const made = first ?? (await iterator.next());
      first = undefined;
      return made;
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => whole };
}

/** Ends pieces that nobody takes any more. Waits for nothing: a maker may be busy with the next one. */
export function abandon(pieces: Pieces): void {
  pieces[Symbol.asyncIterator]()
    .return?.()
    .catch(() => undefined);
}
