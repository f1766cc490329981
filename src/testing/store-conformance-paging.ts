import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from '../edm/primitive.ts';
import { evaluate } from '../query/evaluate.ts';
import type { OrderItem, SelectPlan } from '../query/plan.ts';
import type { StoreAccess } from './store-conformance.ts';
import { condition, pathTo, sortable } from './store-conformance-expressions.ts';
import { conformanceClock, thing } from './store-conformance-model.ts';
import { fill, inOrder, world } from './store-conformance-queries.ts';
import { rowOf } from './store-conformance-values.ts';

const byId: OrderItem = { expression: pathTo(thing, 'id'), descending: false };
const orders = fc
  .array(fc.record({ expression: sortable, descending: fc.boolean() }), { maxLength: 3 })
  .chain((items) => fc.boolean().map((descending): OrderItem[] => [...items, { ...byId, descending }]));

/** What `after` takes: the order values of a row. */
const position = (row: Row, orderBy: readonly OrderItem[]): Value[] => orderBy.map((_, i) => row[`$order${i}`]!);

/** Pages put together are the whole, whatever the order and whatever is written meanwhile. */
export function pagingConformance({ store, freshTenant }: StoreAccess): void {
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
      await fc.assert(property, { numRuns: 40 });
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
      await fc.assert(property, { numRuns: 30 });
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
      await fc.assert(property, { numRuns: 40 });
    });
  });
}
