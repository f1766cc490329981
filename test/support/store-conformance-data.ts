import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newest } from '../../src/edm/date-time-offset.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { DOCUMENT, documentText } from '../../src/edm/document.ts';
import { shapeOf } from '../../src/edm/link.ts';
import type { Row, Value } from '../../src/edm/primitive.ts';
import type { Store } from '../../src/store/contract.ts';
import type { StoreAccess } from './store-conformance.ts';
import { pathTo } from './store-conformance-expressions.ts';
import { group, owner, part, tally, thing } from './store-conformance-model.ts';
import { dateTimeValue, knownIds, propertyValue, rowOf, textValue } from './store-conformance-values.ts';

/** Every row of a type, by key. */
export const allRows = (store: Store, tenantId: string, type: EntityType): Promise<Row[]> =>
  store.read(tenantId, (reader) =>
    reader.select({
      from: type,
      scope: {},
      orderBy: type.storage!.key.map((name) => ({ expression: pathTo(type, name), descending: false })),
    }),
  );

/** Values survive, whatever they are; counters count; tenants do not meet. */
export function dataConformance({ store, reopen, freshTenant, runs }: StoreAccess): void {
  describe('data', () => {
    it('answers every row as it was written, also after reopening', async () => {
      const written: [string, Row][] = [];
      await fc.assert(
        fc.asyncProperty(rowOf(thing), async (row) => {
          const tenantId = freshTenant();
          await store().write(tenantId, (writer) => writer.insert(thing, row));
          expect(await allRows(store(), tenantId, thing)).toEqual([row]);
          written.push([tenantId, row]);
        }),
        { numRuns: runs(150) },
      );
      await reopen();
      for (const [tenantId, row] of written) expect(await allRows(store(), tenantId, thing)).toEqual([row]);
    });

    it('answers documents to those who ask, in a transaction too, whatever was read before', async () => {
      const property = fc.asyncProperty(rowOf(thing), async (row) => {
        const [found, again] = await store().write(freshTenant(), async (writer) => {
          await writer.insert(thing, row);
          const plan = { from: thing, scope: { id: row.id! }, orderBy: [], limit: 1, properties: ['id'] };
          return [...(await writer.select(plan)), ...(await writer.select({ ...plan, document: true }))];
        });
        expect(found).toEqual({ id: row.id });
        expect(again).toEqual({ id: row.id, [DOCUMENT]: documentText(thing, row) });
      });
      await fc.assert(property, { numRuns: runs(20) });
    });

    it('changes the named columns of one row only', async () => {
      const changes = fc.record(
        Object.fromEntries(
          shapeOf(thing)
            .properties.filter((p) => p.name !== 'id')
            .map((p) => [p.name, propertyValue(p)]),
        ),
        {
          requiredKeys: [],
        },
      ) as fc.Arbitrary<Row>;
      const property = fc.asyncProperty(rowOf(thing), rowOf(thing), changes, async (a, b, change) => {
        fc.pre(a.id !== b.id);
        const tenantId = freshTenant();
        const found = await store().write(tenantId, async (writer) => {
          await writer.insert(thing, a);
          await writer.insert(thing, b);
          return writer.update(thing, { id: a.id! }, change);
        });
        expect(found).toBe(true);
        const rows = await allRows(store(), tenantId, thing);
        expect(rows.find((r) => r.id === a.id)).toEqual({ ...a, ...change });
        expect(rows.find((r) => r.id === b.id)).toEqual(b);
      });
      await fc.assert(property, { numRuns: runs(60) });
    });

    it('says when the row to update is missing', async () => {
      const tenantId = freshTenant();
      const update = () => store().write(tenantId, (writer) => writer.update(thing, { id: knownIds[0]! }, { name: 'x' }));
      expect(await update()).toBe(false);
      await store().write(tenantId, (writer) => writer.insert(group, { id: knownIds[0]!, label: 'g' }));
      expect(await update()).toBe(false);
    });

    it('refuses a second row with the same key', async () => {
      const tenantId = freshTenant();
      const insert = () => store().write(tenantId, (writer) => writer.insert(group, { id: knownIds[0]!, label: 'g' }));
      await insert();
      await expect(insert()).rejects.toMatchObject({ code: 'alreadyExists' });
      await expect(
        store().write(freshTenant(), (writer) => writer.insert(group, { id: knownIds[0]!, label: 'g' })),
      ).resolves.toBeUndefined();
    });

    it('selects the named columns by scope: a value, null, any of several', async () => {
      const tenantId = freshTenant();
      const rows = ['red', 'green', null].map((color, i) => ({
        id: `p${i}`,
        thingId: knownIds[i]!,
        label: i === 0 ? null : 'l',
        color,
        size: i,
      }));
      await store().write(tenantId, async (writer) => {
        for (const row of rows) await writer.insert(part, row);
      });
      const ids = async (scope: Row) => {
        const plan = { from: part, scope, orderBy: [{ expression: pathTo(part, 'id'), descending: false }], properties: ['id'] };
        const found = await store().read(tenantId, async (reader) => [await reader.select(plan), await reader.count(plan)] as const);
        expect(found[0].every((row) => Object.keys(row).join() === 'id')).toBe(true);
        expect(found[1]).toBe(found[0].length);
        return found[0].map((row) => row.id);
      };
      expect(await ids({ color: 'red' })).toEqual(['p0']);
      expect(await ids({ color: null })).toEqual(['p2']);
      expect(await ids({ color: [null, 'green'], label: 'l' })).toEqual(['p1', 'p2']);
      expect(await ids({ thingId: [knownIds[0]!, knownIds[2]!] })).toEqual(['p0', 'p2']);
      expect(await ids({ thingId: 'no uuid' })).toEqual([]);
      expect(await ids({ id: [] })).toEqual([]);
      expect(await store().write(tenantId, (writer) => writer.delete({ from: part, scope: { color: ['red', null] } }))).toBe(2);
      expect(await ids({})).toEqual(['p1']);
    });

    it('finds text of caseless columns by each way to write it, as it was written', async () => {
      const tenantId = freshTenant();
      const logins = ['Ada@x', 'ada@X', 'bob@x', 'ÉVE@x', null];
      await store().write(tenantId, async (writer) => {
        for (const [i, login] of logins.entries())
          await writer.insert(owner, { id: knownIds[i]!, name: null, groupId: null, born: '2020-01-01T00:00:00Z', login });
      });
      const found = async (login: Value) => {
        const plan = {
          from: owner,
          scope: { login },
          orderBy: [{ expression: pathTo(owner, 'id'), descending: false }],
          properties: ['login'],
        };
        return (await store().read(tenantId, (reader) => reader.select(plan))).map((row) => row.login);
      };
      expect(await found('ADA@x')).toEqual(['Ada@x', 'ada@X']);
      expect(await found(['ada@x', 'BOB@X', null])).toEqual(['Ada@x', 'ada@X', 'bob@x', null]);
      expect(await found('ÉVE@X')).toEqual(['ÉVE@x']);
      expect(await found('éve@x')).toEqual([]);
    });

    it('keeps counters: sums of what was added, and the latest date', async () => {
      const step = fc.record({
        good: fc.integer({ min: -3, max: 3 }),
        bad: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
        latest: fc.option(dateTimeValue, { nil: undefined }),
        note: fc.option(textValue, { nil: undefined }),
        returns: fc.option(fc.subarray(['good', 'latest', 'note', 'upn']), { nil: undefined }),
      });
      const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const tenantId = freshTenant();
        const key = { thingId: knownIds[0]!, upn: 'a@b' };
        let expected: Row = { ...key, good: 0, bad: 0, latest: null, note: steps[0]!.note ?? null, open: false };
        for (const { good, bad, latest, note, returns } of steps) {
          expected = {
            ...expected,
            good: (expected.good as number) + good,
            bad: (expected.bad as number) + (bad ?? 0),
            latest: newest(expected.latest as string | null, latest ?? null),
          };
          const [answer] = await store().write(tenantId, (writer) =>
            writer.accumulate(tally, {
              key,
              add: { good, ...(bad === undefined ? {} : { bad }) },
              ...(latest === undefined ? {} : { raise: { latest } }),
              ...(note === undefined ? {} : { initial: { note } }),
              ...(returns === undefined ? {} : { returns }),
            }),
          );
          if (returns === undefined) expect(answer).toEqual(expected);
          else for (const name of returns) expect(answer![name]).toEqual(expected[name]);
        }
        expect(await allRows(store(), tenantId, tally)).toEqual([expected]);
      });
      await fc.assert(property, { numRuns: runs(50) });
    });

    it('keeps tenants apart', async () => {
      const [mine, other, unknown] = [freshTenant(), freshTenant(), freshTenant()];
      const row = { id: knownIds[0]!, name: null, groupId: null, born: '2020-01-01T00:00:00Z', login: null };
      await store().write(mine, (writer) => writer.insert(owner, row));
      await store().write(other, (writer) => writer.insert(owner, { ...row, name: 'other' }));
      await store().write(other, (writer) => writer.delete({ from: owner, scope: {} }));
      expect(await allRows(store(), mine, owner)).toEqual([row]);
      expect(await allRows(store(), other, owner)).toEqual([]);
      expect(await allRows(store(), unknown, owner)).toEqual([]);
      expect(await store().read(unknown, (reader) => reader.count({ from: owner, scope: {} }))).toBe(0);
      expect(await store().write(unknown, (writer) => writer.delete({ from: owner, scope: {} }))).toBe(0);
    });
  });
}
