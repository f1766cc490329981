import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT } from '../../src/edm/document.ts';
import type { Row, Value } from '../../src/edm/primitive.ts';
import { evaluate } from '../../src/query/evaluate/evaluate.ts';
import { type OrderItem, type SelectPlan, withoutMark } from '../../src/query/plan.ts';
import type { StoreAccess } from './store-conformance.ts';
import { condition, pathTo, sortable } from './store-conformance-expressions.ts';
import { conformanceClock, thing } from './store-conformance-model.ts';
import { fill, inOrder, world } from './store-conformance-queries.ts';
import { rowOf } from './store-conformance-values.ts';

const byId: OrderItem = { expression: pathTo(thing, 'id'), descending: false };
const orders = fc
  .array(fc.record({ expression: sortable, descending: fc.boolean() }), { maxLength: 3 })
  .chain((items) => fc.boolean().map((descending): OrderItem[] => [...items, { ...byId, descending }]));

/** A thing of which only some values matter. */
const [sampleThing] = fc.sample(rowOf(thing), { numRuns: 1, seed: 1 }) as [Row];

/** What `after` takes: the order values of a row. */
const position = (row: Row, orderBy: readonly OrderItem[]): Value[] => orderBy.map((_, i) => row[`$order${i}`]!);

/** Pages put together are the whole, whatever the order and whatever is written meanwhile. */
export function pagingConformance({ store, freshTenant, runs }: StoreAccess): void {
  describe('paging', () => {
    it('pages through exactly what one answer holds', async () => {
      const property = fc.asyncProperty(
        world,
        fc.array(fc.record({ orderBy: orders, size: fc.integer({ min: 1, max: 5 }), where: fc.option(condition, { nil: undefined }) }), {
          minLength: 8,
          maxLength: 8,
        }),
        async (data, tours) => {
          const tenantId = freshTenant();
          await fill(store(), tenantId, data);
          for (const { orderBy, size, where } of tours) {
            const plan: SelectPlan = {
              from: thing,
              scope: {},
              orderBy,
              limit: size,
              orderValues: true,
              ...(where === undefined ? {} : { where }),
            };
            const seen: Row[] = [];
            let page = await store().read(tenantId, (reader) => reader.select(plan));
            while (page.length > 0) {
              seen.push(...page);
              const after = position(page.at(-1)!, orderBy);
              page = await store().read(tenantId, (reader) => reader.select({ ...plan, after }));
            }
            const context = { now: conformanceClock.now() };
            const expected = inOrder(
              where === undefined ? data.things : data.things.filter((row) => evaluate(where, row, context) === true),
              orderBy,
            );
            expect(seen.map((row) => row.id)).toEqual(expected.map((row) => row.id));
          }
        },
      );
      await fc.assert(property, { numRuns: runs(40) });
    });

    it('skips and limits', async () => {
      const property = fc.asyncProperty(world, orders, fc.tuple(fc.nat(20), fc.nat(20)), async (data, orderBy, [skip, limit]) => {
        const tenantId = freshTenant();
        await fill(store(), tenantId, data);
        const plan: SelectPlan = { from: thing, scope: {}, orderBy, orderValues: true };
        const whole = await store().read(tenantId, (reader) => reader.select(plan));
        const select = (more: Partial<SelectPlan>) => store().read(tenantId, (reader) => reader.select({ ...plan, ...more }));
        expect(await select({ skip, limit })).toEqual(whole.slice(skip, skip + limit));
        expect(await select({ skip })).toEqual(whole.slice(skip));
        const after = position(whole[2]!, orderBy);
        expect(await select({ after })).toEqual(whole.slice(3));
        expect(await select({ after, skip, limit })).toEqual(whole.slice(3 + skip, 3 + skip + limit));
      });
      await fc.assert(property, { numRuns: runs(30) });
    });

    it('ends early behind the row by which an answer weighs too much, and says so', async () => {
      const weights = fc.array(fc.nat({ max: 6000 }), { minLength: 1, maxLength: 12 });
      const property = fc.asyncProperty(
        weights,
        fc.record({
          maxBytes: fc.integer({ min: 1, max: 12_000 }),
          limit: fc.constantFrom(2, 100),
          descending: fc.boolean(),
          document: fc.boolean(),
          after: fc.boolean(),
        }),
        async (sizes, { maxBytes, limit, descending, document, after }) => {
          const tenantId = freshTenant();
          const ids = sizes.map((_, i) => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`);
          await store().write(tenantId, async (writer) => {
            for (const [i, size] of sizes.entries())
              await writer.insert(thing, { ...sampleThing, id: ids[i]!, count: i, title: 'x'.repeat(size) });
          });
          const count: OrderItem = { expression: pathTo(thing, 'count'), descending };
          const plan: SelectPlan = {
            from: thing,
            scope: {},
            orderBy: [count, byId],
            limit,
            orderValues: true,
            properties: ['id', ...(document ? [] : ['title'])],
            ...(document ? { document } : {}),
            ...(after ? { after: [descending ? 10_000 : -1, ids[0]!] } : {}),
          };
          const [whole, cut] = await store().read(tenantId, async (reader) => [
            await reader.select(plan),
            await reader.select({ ...plan, maxBytes }),
          ]);
          const { rows, endedEarly } = withoutMark(cut!);
          expect(rows).toEqual(whole!.slice(0, rows.length));
          const heavy = rows.slice(0, -1).reduce((sum, row) => sum + String(row.title ?? row[DOCUMENT]).length, 0);
          expect(heavy).toBeLessThan(maxBytes);
          expect(rows.length).toBeGreaterThan(0);
          if (rows.length < whole!.length) expect(endedEarly).toBe(true);
          if (!endedEarly) expect(heavy + String(rows.at(-1)!.title ?? rows.at(-1)![DOCUMENT]).length).toBeLessThan(maxBytes);
        },
      );
      await fc.assert(property, { numRuns: runs(40) });
    });

    it('neither loses nor repeats a row that stays while others come and go', async () => {
      const property = fc.asyncProperty(
        world,
        orders,
        fc.array(fc.record({ add: fc.array(rowOf(thing), { maxLength: 3 }), remove: fc.nat(50) }), { minLength: 6, maxLength: 6 }),
        async (data, orderBy, changes) => {
          const tenantId = freshTenant();
          await fill(store(), tenantId, data);
          const removed = new Set<Value>();
          const known = new Set(data.things.map((row) => row.id!));
          const plan: SelectPlan = { from: thing, scope: {}, orderBy, limit: 3, orderValues: true };
          const seen: Value[] = [];
          let page = await store().read(tenantId, (reader) => reader.select(plan));
          for (let turn = 0; page.length > 0 && turn < 100; turn++) {
            seen.push(...page.map((row) => row.id!));
            const change = changes[turn];
            if (change !== undefined) {
              const gone = data.things[change.remove % data.things.length]!.id!;
              removed.add(gone);
              const added = change.add.filter(({ id }) => !known.has(id!) && known.add(id!));
              await store().write(tenantId, async (writer) => {
                await writer.delete({ from: thing, scope: { id: gone } });
                for (const row of added) await writer.insert(thing, row);
              });
            }
            const after = position(page.at(-1)!, orderBy);
            page = await store().read(tenantId, (reader) => reader.select({ ...plan, after }));
          }
          expect(new Set(seen).size).toBe(seen.length);
          expect(data.things.filter((row) => !removed.has(row.id!) && !seen.includes(row.id!))).toEqual([]);
        },
      );
      await fc.assert(property, { numRuns: runs(40) });
    });
  });
}
