import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DOCUMENT } from '../../edm/document.ts';
import type { HttpBody } from '../../lib/http.ts';
import { type PageParts, PIECE_LENGTH, pageBody, type Ready } from './page-body.ts';

const head = { '@odata.context': 'https://any.example/beta/$metadata#things', value: [] };

const row = fc
  .record({ id: fc.uuid(), text: fc.string({ unit: 'grapheme', maxLength: 50 }), size: fc.nat(80_000) })
  .map(({ size, ...object }) => ({
    ...object,
    filling: 'x'.repeat(size),
  }));

async function piecesOf(body: HttpBody): Promise<string[]> {
  if (typeof body === 'string' || body instanceof Uint8Array) return [String(body)];
  const pieces: string[] = [];
  for await (const piece of body) pieces.push(String(piece));
  return pieces;
}

it('is the same page whole and in pieces, of documents and of objects, and no piece is much longer than the longest row', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 12 }), fc.constantFrom('', '#a.thing'), async (objects, typeName) => {
      const texts = objects.map((object) => JSON.stringify(object));
      const documents = texts.map((text) => ({ [DOCUMENT]: text }));
      const ready: Ready = { typeName, object: (one) => one as never, columns: { document: true } };
      const typed = typeName === '' ? {} : { '@odata.type': typeName };
      const kinds: readonly (readonly [Omit<PageParts, 'length'>, object])[] = [
        [
          { head, rows: objects, ready: undefined },
          { ...head, value: objects },
        ],
        [
          { head, rows: documents, ready },
          { ...head, value: objects.map((object) => ({ ...typed, ...object })) },
        ],
      ];
      for (const [parts, expected] of kinds) {
        const whole = pageBody({ ...parts, length: Number.POSITIVE_INFINITY }, true);
        expect(JSON.parse(String(whole))).toEqual(expected);
        const pieces = await piecesOf(pageBody({ ...parts, length: Number.POSITIVE_INFINITY }, false));
        expect(pieces.join('')).toBe(whole);
        const longest = Math.max(0, ...texts.map(({ length }) => length));
        for (const piece of pieces) expect(piece.length).toBeLessThan(PIECE_LENGTH + longest + 200);
        expect(await piecesOf(pageBody({ ...parts, length: PIECE_LENGTH - 1 }, false))).toEqual([whole]);
      }
    }),
    { numRuns: 60 },
  );
});
