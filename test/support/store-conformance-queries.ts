import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from '../../src/edm/primitive.ts';
import { compareForOrder } from '../../src/query/evaluate/compare.ts';
import { evaluate } from '../../src/query/evaluate/evaluate.ts';
import type { OrderItem, SelectPlan } from '../../src/query/plan.ts';
import type { Store } from '../../src/store/contract.ts';
import type { StoreAccess } from './store-conformance.ts';
import { condition, pathTo, sortable } from './store-conformance-expressions.ts';
import { conformanceClock, group, owner, part, thing, thingGroup } from './store-conformance-model.ts';
import { knownIds, rowOf } from './store-conformance-values.ts';

/** No row of a world has it. */
const unknownId = '0f000000-0000-7000-8000-00000000000f';

/** Things with what their navigations lead to, as the evaluator wants them. */
interface World {
  readonly things: readonly Row[];
  readonly related: readonly (readonly [typeof part | typeof owner | typeof group | typeof thingGroup, readonly Row[]])[];
}

const lower = (value: Value | undefined) => (typeof value === 'string' ? value.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : value);

const distinct = (rows: readonly Row[]): Row[] => [...new Map(rows.map((row) => [row.id, row])).values()];

/** A data set whose references meet. */
export const world: fc.Arbitrary<World> = fc
  .record({
    things: fc.array(rowOf(thing), { minLength: 12, maxLength: 16 }),
    owners: fc.array(rowOf(owner), { minLength: 3, maxLength: 5 }),
    groups: fc.array(rowOf(group), { minLength: 3, maxLength: 4 }),
    parts: fc.array(rowOf(part), { minLength: 10, maxLength: 14 }),
    links: fc.array(fc.record({ thingId: fc.nat(20), groupId: fc.nat(5) }), { minLength: 10, maxLength: 20 }),
    picks: fc.array(fc.nat(1000), { minLength: 20, maxLength: 20 }),
  })
  .map(({ links, picks, ...rows }) => {
    const pick = (i: number, from: readonly Row[]) => from[picks[i % picks.length]! % from.length]!.id!;
    const groups = distinct(rows.groups.map((g, i) => ({ ...g, id: knownIds[i]! })));
    const owners = distinct(rows.owners.map((o, i) => ({ ...o, id: knownIds[i]!, groupId: i === 0 ? o.groupId! : pick(i, groups) })));
    const things = distinct(rows.things.map((t, i) => ({ ...t, ownerId: i % 4 === 0 ? t.ownerId! : pick(i, owners) })));
    const parts = distinct(rows.parts.map((p, i) => ({ ...p, id: `p${i}`, thingId: pick(i + 7, things) })));
    const pairs = links.map(({ thingId, groupId }) => ({
      thingId: things[thingId % things.length]!.id!,
      groupId: groups[groupId % groups.length]!.id!,
    }));
    const linked = [...new Map(pairs.map((l) => [`${l.thingId}${l.groupId}`, l])).values()];
    const related: World['related'] = [
      [owner, owners],
      [group, groups],
      [part, parts],
      [thingGroup, linked],
    ];
    const groupOf = (id: Value | undefined) => groups.find((g) => g.id === id) ?? null;
    return {
      related,
      things: things.map((t) => {
        const owned = owners.find((o) => o.id === t.ownerId);
        const own = parts.filter((p) => p.thingId === t.id);
        return {
          ...t,
          owner: owned === undefined ? null : { ...owned, group: groupOf((owned as Row).groupId) },
          parts: own,
          greenParts: own.filter((p) => (p as Row).color === 'green'),
          namesakes: owners.filter(({ login }) => login !== null && lower(login) === lower(t.login)),
          groups: linked.filter((l) => l.thingId === t.id).map((l) => groupOf(l.groupId)!),
        };
      }),
    };
  });

const navigations = ['owner', 'parts', 'greenParts', 'namesakes', 'groups'];

/** Writes a data set. */
export async function fill(store: Store, tenantId: string, { things, related }: World): Promise<void> {
  await store.write(tenantId, async (writer) => {
    for (const [type, rows] of related) for (const row of rows) await writer.insert(type, row);
    for (const row of things) {
      await writer.insert(thing, Object.fromEntries(Object.entries(row).filter(([name]) => !navigations.includes(name))));
    }
  });
}

const byId: OrderItem = { expression: pathTo(thing, 'id'), descending: false };
const context = { now: conformanceClock.now() };

/** The order that the evaluator puts rows in. */
export const inOrder = (rows: readonly Row[], orderBy: readonly OrderItem[]): Row[] =>
  rows.toSorted((a, b) => {
    for (const { expression, descending } of orderBy) {
      const order = compareForOrder(evaluate(expression, a, context), evaluate(expression, b, context), expression);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });

/** Conditions and orders mean what the evaluator says they mean. */
export function queryConformance({ store, freshTenant, runs }: StoreAccess): void {
  describe('queries', () => {
    it('filters and counts as the evaluator does', async () => {
      const property = fc.asyncProperty(world, fc.array(condition, { minLength: 30, maxLength: 30 }), async (data, conditions) => {
        const tenantId = freshTenant();
        await fill(store(), tenantId, data);
        for (const where of conditions) {
          const rows = { from: thing, scope: {}, where };
          const [found, counted] = await store().read(tenantId, async (reader) => [
            await reader.select({ ...rows, orderBy: [byId], properties: ['id'] }),
            await reader.count(rows),
          ]);
          const expected = inOrder(
            data.things.filter((row) => evaluate(where, row, context) === true),
            [byId],
          );
          expect(found.map((row) => row.id)).toEqual(expected.map((row) => row.id));
          expect(counted).toBe(expected.length);
        }
      });
      await fc.assert(property, { numRuns: runs(60) });
    });

    it('finds nothing below a parent that does not exist, or that another tenant has', async () => {
      const property = fc.asyncProperty(world, condition, async (data, where) => {
        const [tenantId, other] = [freshTenant(), freshTenant()];
        await fill(store(), tenantId, data);
        await store().write(other, (writer) => writer.insert(group, { id: unknownId, label: 'of another tenant' }));
        const there = data.related.flatMap(([type, rows]) => (type === group ? rows.map(({ id }) => id!) : []));
        const found = (parents: SelectPlan['parents']) =>
          store().read(tenantId, async (reader) => {
            const rows = { from: thing, scope: {}, where, ...(parents === undefined ? {} : { parents }) };
            return [await reader.count(rows), (await reader.select({ ...rows, orderBy: [byId] })).length];
          });
        const all = await found(undefined);
        const [known, unknown] = [there.map((id) => ({ from: group, scope: { id } })), { from: group, scope: { id: unknownId } }];
        for (const one of known) {
          expect(await found([[one]])).toEqual(all);
          expect(await found([[unknown, one]])).toEqual(all);
          expect(await found([[one], [unknown]])).toEqual([0, 0]);
        }
        expect(await found([[unknown]])).toEqual([0, 0]);
      });
      await fc.assert(property, { numRuns: runs(20) });
    });

    it('deletes what the evaluator says the condition holds for', async () => {
      const property = fc.asyncProperty(world, condition, async (data, where) => {
        const tenantId = freshTenant();
        await fill(store(), tenantId, data);
        const gone = data.things.filter((row) => evaluate(where, row, context) === true);
        expect(await store().write(tenantId, (writer) => writer.delete({ from: thing, scope: {}, where }))).toBe(gone.length);
        expect(await store().read(tenantId, (reader) => reader.count({ from: thing, scope: {} }))).toBe(data.things.length - gone.length);
      });
      await fc.assert(property, { numRuns: runs(30) });
    });

    it('deletes no more than it is told to, and nothing else', async () => {
      const property = fc.asyncProperty(world, condition, fc.integer({ min: 1, max: 5 }), async (data, where, limit) => {
        const tenantId = freshTenant();
        await fill(store(), tenantId, data);
        const matching = data.things.filter((row) => evaluate(where, row, context) === true);
        const gone = inOrder(matching, [byId]).slice(0, limit);
        expect(await store().write(tenantId, (writer) => writer.delete({ from: thing, scope: {}, where }, limit))).toBe(gone.length);
        const left = await store().read(tenantId, (reader) => reader.select({ from: thing, scope: {}, orderBy: [byId] }));
        expect(left.map(({ id }) => id)).toEqual(
          inOrder(
            data.things.filter((row) => !gone.includes(row)),
            [byId],
          ).map(({ id }) => id),
        );
      });
      await fc.assert(property, { numRuns: runs(30) });
    });

    it('orders by any expression, null first, and answers the order values', async () => {
      const orders = fc.array(fc.record({ expression: sortable, descending: fc.boolean() }), { minLength: 1, maxLength: 3 });
      const property = fc.asyncProperty(world, fc.array(orders, { minLength: 20, maxLength: 20 }), async (data, all) => {
        const tenantId = freshTenant();
        await fill(store(), tenantId, data);
        for (const items of all) {
          const orderBy = [...items, byId];
          const plan = { from: thing, scope: {}, orderBy, properties: ['id'], orderValues: true };
          const found = await store().read(tenantId, (reader) => reader.select(plan));
          const expected = inOrder(data.things, orderBy);
          expect(found.map((row) => row.id)).toEqual(expected.map((row) => row.id));
          found.forEach((row, at) => {
            orderBy.forEach(({ expression }, i) => {
              const value = evaluate(expression, expected[at]!, context);
              expect([row[`$order${i}`], compareForOrder(row[`$order${i}`]!, value, expression)]).toEqual([row[`$order${i}`], 0]);
            });
          });
        }
      });
      await fc.assert(property, { numRuns: runs(40) });
    });
  });
}
