import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNavigation, shapeOf } from '../../src/edm/link.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { Expression } from '../../src/query/expression.ts';
import type { Writer } from '../../src/store/contract.ts';
import type { StoreAccess } from './store-conformance.ts';
import { allRows } from './store-conformance-data.ts';
import { group, owner, tally } from './store-conformance-model.ts';
import { knownIds } from './store-conformance-values.ts';

const row = (i: number) => ({ id: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`, label: String(i) });
const one = (upn: string) => ({ key: { thingId: knownIds[0]!, upn }, add: { good: 1 } });

/** Work is done wholly or not at all, alone or among others, and once acknowledged it stays. */
export function transactionConformance({ store, reopen, freshTenant, runs }: StoreAccess): void {
  describe('transactions', () => {
    it('undoes the work that rejects and nothing else', async () => {
      const property = fc.asyncProperty(
        fc.array(fc.constantFrom('succeeds', 'rejects', 'throws', 'conflicts'), { minLength: 1, maxLength: 12 }),
        async (fates) => {
          const tenantId = freshTenant();
          const outcomes = await Promise.allSettled(
            fates.map((fate, i) =>
              store().write(tenantId, (writer) => {
                if (fate === 'throws') throw new AppError('preconditionFailed', 'thrown');
                return work(writer, fate, i);
              }),
            ),
          );
          const done = fates.flatMap((fate, i) => (fate === 'succeeds' ? [row(i)] : []));
          expect(await allRows(store(), tenantId, group)).toEqual(done);
          const tallies = await allRows(store(), tenantId, tally);
          expect(tallies.map((t) => t.good)).toEqual(done.length === 0 ? [] : [done.length]);
          outcomes.forEach((outcome, i) => {
            if (fates[i] === 'succeeds') expect(outcome).toEqual({ status: 'fulfilled', value: i });
            else expect(outcome).toMatchObject({ reason: { code: fates[i] === 'conflicts' ? 'alreadyExists' : 'preconditionFailed' } });
          });
        },
      );
      await fc.assert(property, { numRuns: runs(60) });

      async function work(writer: Writer, fate: string, i: number): Promise<number> {
        await writer.accumulate(tally, one('all'));
        await writer.insert(group, row(i));
        if (fate === 'conflicts') await writer.insert(group, row(i));
        if (fate === 'rejects') throw new AppError('preconditionFailed', 'rejected');
        return i;
      }
    });

    it('lets work read what it has written', async () => {
      const counted = await store().write(freshTenant(), async (writer) => {
        const before = await writer.count({ from: group, scope: {} });
        await writer.insert(group, row(1));
        return [before, await writer.count({ from: group, scope: {} })];
      });
      expect(counted).toEqual([0, 1]);
    });

    it('lets work among other work read what it has written, also of a type that only its condition names', async () => {
      const tenantId = freshTenant();
      const boss = { id: knownIds[0]!, name: null, groupId: row(1).id, born: '2020-01-01T00:00:00Z', login: null };
      await store().write(tenantId, (writer) => writer.insert(owner, boss));
      const label = shapeOf(group).property.get('label')!;
      const where: Expression = {
        kind: 'binary',
        type: 'Edm.Boolean',
        operator: 'eq',
        left: { kind: 'path', type: 'Edm.String', navigation: [findNavigation(owner, 'group')!], property: label, nested: [] },
        right: { kind: 'literal', type: 'Edm.String', value: row(1).label },
      };
      const [found] = await Promise.all([
        store().write(tenantId, async (writer) => {
          await writer.insert(group, row(1));
          return await writer.count({ from: owner, scope: {}, where });
        }),
        store().write(tenantId, (writer) => writer.insert(group, row(2))),
      ]);
      expect(found).toBe(1);
    });

    it('sums what any number of concurrent writers add', async () => {
      const tenantId = freshTenant();
      const answers = await Promise.all(
        Array.from({ length: 1500 }, () => store().write(tenantId, (writer) => writer.accumulate(tally, one('a')))),
      );
      expect(new Set(answers.map(([a]) => a!.good)).size).toBe(1500);
      expect((await allRows(store(), tenantId, tally))[0]!.good).toBe(1500);
    });

    it('shows a read one state of the data, with writers at work', async () => {
      const tenantId = freshTenant();
      const both = (writer: Writer) => Promise.all([writer.accumulate(tally, one('a')), writer.accumulate(tally, one('b'))]);
      const reads: Promise<number[]>[] = [];
      const writes: Promise<unknown>[] = [];
      for (let turn = 0; turn < 60; turn++) {
        writes.push(store().write(tenantId, both));
        reads.push(
          store().read(tenantId, async (reader) => {
            const plan = { from: tally, scope: {}, orderBy: [] };
            const first = await reader.select(plan);
            await Promise.resolve();
            const second = await reader.select(plan);
            return [...first, ...second].map((t) => t.good as number);
          }),
        );
        if (turn % 4 === 0) await writes.at(-1);
      }
      await Promise.all(writes);
      for (const seen of await Promise.all(reads)) expect(new Set(seen).size).toBeLessThanOrEqual(1);
    });

    it('never shows what is not committed', async () => {
      const tenantId = freshTenant();
      let during: Promise<number> | undefined;
      const failing = store().write(tenantId, async (writer) => {
        await writer.insert(group, row(1));
        during = store().read(tenantId, (reader) => reader.count({ from: group, scope: {} }));
        throw new AppError('preconditionFailed', 'no');
      });
      await expect(failing).rejects.toMatchObject({ code: 'preconditionFailed' });
      expect(await during).toBe(0);
    });

    it('keeps what it acknowledged', async () => {
      const tenantId = freshTenant();
      await store().write(tenantId, (writer) => writer.insert(group, row(1)));
      await reopen();
      expect(await allRows(store(), tenantId, group)).toEqual([row(1)]);
    });

    it('gives up work that awaits anything else, and goes on', async () => {
      const tenantId = freshTenant();
      const slow = store().write(tenantId, async (writer) => {
        await writer.insert(group, row(1));
        await setTimeout(20);
        await writer.insert(group, row(2));
      });
      const good = store().write(tenantId, (writer) => writer.insert(group, row(3)));
      const slowRead = store().read(tenantId, () => setTimeout(20));
      const given = await Promise.allSettled([slow, slowRead]);
      for (const outcome of given) expect(outcome).toMatchObject({ reason: { code: 'internal' } });
      await good;
      await setTimeout(40);
      expect(await allRows(store(), tenantId, group)).toEqual([row(3)]);
    });

    it('finishes what runs when it is closed, and refuses what comes', async () => {
      const tenantId = freshTenant();
      const last = store().write(tenantId, (writer) => writer.insert(group, row(1)));
      const closing = store().close();
      await expect(store().read(tenantId, async () => 1)).rejects.toMatchObject({ code: 'storeUnavailable' });
      await expect(store().write(tenantId, async () => 1)).rejects.toMatchObject({ code: 'storeUnavailable' });
      await Promise.all([last, closing]);
      await reopen();
      expect(await allRows(store(), tenantId, group)).toEqual([row(1)]);
    });
  });
}
