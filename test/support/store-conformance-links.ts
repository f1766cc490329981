import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceMany } from '../../src/edm/declare.ts';
import { findNavigation, TYPE_COLUMN } from '../../src/edm/link.ts';
import type { Row } from '../../src/edm/primitive.ts';
import type { Linked } from '../../src/query/plan.ts';
import type { StoreAccess } from './store-conformance.ts';
import { pathTo } from './store-conformance-expressions.ts';
import { animal, cat, dog, owner, ownerLink } from './store-conformance-model.ts';

const ids = Array.from({ length: 6 }, (_, i) => `0000000${i}-0000-4000-8000-000000000000`);
const pairs = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 14, selector: ([from, to]) => from * 6 + to });
const byId = (type: typeof owner | typeof animal) => [{ expression: pathTo(type, 'id'), descending: false }];

/** What links lead to from one row, directly or all the way. */
const linkedFrom = (fromId: string, transitive: boolean): Linked => {
  const declaration = referenceMany(() => owner, {
    join: { fromId: 'id' },
    through: { link: () => ownerLink, linkTo: 'toId', transitive },
  });
  return { navigation: findNavigation({ ...owner, navigation: { reached: declaration } }, 'reached')!, source: { fromId } };
};

/** Links between rows, and the rows of several types seen as one. */
export function linkConformance({ store, freshTenant, runs }: StoreAccess): void {
  describe('links and views', () => {
    it('leads over links to each row once, all the way also through circles, in one tenant', async () => {
      const property = fc.asyncProperty(pairs, async (edges) => {
        const [tenantId, other] = [freshTenant(), freshTenant()];
        const write = (tenant: string, links: readonly (readonly [number, number])[]) =>
          store().write(tenant, async (writer) => {
            for (const id of ids)
              await writer.insert(owner, { id, name: id[7]!, groupId: null, born: '2020-01-01T00:00:00Z', login: null });
            for (const [from, to] of links) await writer.insert(ownerLink, { fromId: ids[from]!, toId: ids[to]! });
          });
        await write(tenantId, edges);
        await write(
          other,
          ids.map((_, i) => [i, (i + 1) % 6] as const),
        ); // a circle of all, which must not be seen
        const targets = (from: number) => edges.filter(([start]) => start === from).map(([, to]) => to);
        for (const from of ids.keys()) {
          const reached = new Set(targets(from));
          for (const next of reached) for (const to of targets(next)) reached.add(to);
          for (const [transitive, expected] of [
            [false, targets(from)],
            [true, [...reached]],
          ] as const) {
            const rows = { from: owner, scope: {}, linked: linkedFrom(ids[from]!, transitive) };
            const wanted = expected.map((to) => ids[to]!).sort();
            const found = await store().read(tenantId, (reader) => reader.select({ ...rows, orderBy: byId(owner) }));
            expect(found.map(({ id }) => id)).toEqual(wanted);
            const behind = { orderBy: byId(owner), after: [ids[2]!], limit: 2 };
            const page = await store().read(tenantId, (reader) => reader.select({ ...rows, ...behind }));
            expect(page.map(({ id }) => id)).toEqual(wanted.filter((id) => id > ids[2]!).slice(0, 2));
            const named = { ...rows, scope: { name: ['1', '4'] } };
            expect(await store().read(tenantId, (reader) => reader.count(named))).toBe(
              wanted.filter((id) => ['1', '4'].includes(id[7]!)).length,
            );
          }
        }
      });
      await fc.assert(property, { numRuns: runs(30) });
    });

    it('answers the rows of all types of a view, with their type', async () => {
      const tenantId = freshTenant();
      const common = { name: 'x', born: '2020-01-01T00:00:00.1234567+02:00' };
      await store().write(tenantId, async (writer) => {
        await writer.insert(dog, { id: ids[0]!, ...common, tricks: ['sit'] });
        await writer.insert(cat, { id: ids[1]!, ...common, name: null, lives: 9 });
        await writer.insert(dog, { id: ids[2]!, ...common, tricks: [] });
      });
      const read = (changes: object): Promise<Row[]> =>
        store().read(tenantId, (reader) => reader.select({ from: animal, scope: {}, orderBy: byId(animal), ...changes }));
      expect(await read({})).toEqual([
        { id: ids[0], ...common, [TYPE_COLUMN]: 'dog' },
        { id: ids[1], ...common, name: null, [TYPE_COLUMN]: 'cat' },
        { id: ids[2], ...common, [TYPE_COLUMN]: 'dog' },
      ]);
      expect(await read({ scope: { id: ids[1]! }, properties: [TYPE_COLUMN] })).toEqual([{ [TYPE_COLUMN]: 'cat' }]);
      expect((await read({ after: [ids[0]!], limit: 1 })).map(({ id }) => id)).toEqual([ids[1]]);
      expect(await store().read(freshTenant(), (reader) => reader.count({ from: animal, scope: {} }))).toBe(0);
    });
  });
}
