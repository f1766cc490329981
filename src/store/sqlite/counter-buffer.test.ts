import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tally } from '../../../test/support/store-conformance-model.ts';
import { newest } from '../../edm/date-time-offset.ts';
import { type EntityType, entityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { FakeClock } from '../../lib/clock.ts';
import type { Writer } from '../contract.ts';
import { createStatements } from '../schema/ddl.ts';
import { tenant } from '../schema/tenant.ts';
import { SqliteConnection } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { SqliteStore } from './store.ts';

/** Counters that are held in the buffer; those of the others are in the database at once. */
const busyTally: EntityType = entityType('tally', { properties: tally.properties, storage: { ...tally.storage!, slotted: true } });

const TENANTS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
const THING = '0198c0de-0000-7000-8000-00000000000a';

const upn = fc.constantFrom('a', 'b', 'c');
const latest = fc.constantFrom('2020-01-01T00:00:00Z', '2020-01-01T00:00:00.5Z', '2020-01-01T01:00:00+02:00', '2021-01-01T00:00:00Z');

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('accumulate' as const), upn, good: fc.nat(9), latest: fc.option(latest, { nil: undefined }) }),
  },
  fc.record({ do: fc.constant('insert' as const), upn }),
  fc.record({ do: fc.constant('update' as const), upn, open: fc.boolean() }),
  fc.record({ do: fc.constant('delete' as const), upn }),
  fc.record({ do: fc.constant('deleteAll' as const) }),
  fc.record({ do: fc.constant('read' as const) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lookUp' as const), upn }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const job = fc.record({ tenantId: fc.constantFrom(...TENANTS), steps: fc.array(step, { maxLength: 6 }), fails: fc.boolean() });

/** The rows of one tenant, by upn. */
type Rows = ReadonlyMap<string, Row>;

const start = (name: string): Row => ({ thingId: THING, upn: name, good: 0, bad: 0, latest: null, note: null, open: false });

/** Does a step in the store and on a plain map. @throws alreadyExists */
async function run(writer: Writer, rows: Rows, [type, does]: readonly [typeof tally, Step]): Promise<Rows> {
  const key = 'upn' in does ? { thingId: THING, upn: does.upn } : undefined;
  const found = key === undefined ? undefined : rows.get(key.upn);
  switch (does.do) {
    case 'accumulate': {
      const raise = does.latest === undefined ? {} : { raise: { latest: does.latest } };
      const row = await writer.accumulate(type, { key: key!, add: { good: does.good }, ...raise });
      const before = found ?? start(does.upn);
      const after = {
        ...before,
        good: (before.good as number) + does.good,
        latest: newest(before.latest as string | null, does.latest ?? null),
      };
      expect(row).toEqual(after);
      return new Map(rows).set(does.upn, after);
    }
    case 'insert':
      await writer.insert(type, start(does.upn));
      return new Map(rows).set(does.upn, start(does.upn));
    case 'update':
      expect(await writer.update(type, key!, { open: does.open })).toBe(found !== undefined);
      return found === undefined ? rows : new Map(rows).set(does.upn, { ...found, open: does.open });
    case 'delete':
      expect(await writer.delete({ from: type, scope: key! })).toBe(found === undefined ? 0 : 1);
      return new Map([...rows].filter(([name]) => name !== does.upn));
    case 'deleteAll':
      expect(await writer.delete({ from: type, scope: { thingId: THING } })).toBe(rows.size);
      return new Map();
    case 'lookUp': {
      const plan = { from: type, scope: key!, orderBy: [], limit: 1, properties: ['good'] };
      expect((await writer.select(plan)).map(({ good }) => good)).toEqual(found === undefined ? [] : [found.good]);
      return rows;
    }
    case 'read':
      expect(await writer.count({ from: type, scope: {} })).toBe(rows.size);
      expect(sorted(await writer.select({ from: type, scope: {}, orderBy: [] }))).toEqual(sorted([...rows.values()]));
      return rows;
  }
}

const sorted = (rows: readonly Row[]): readonly Row[] => rows.toSorted((a, b) => (String(a.upn) < String(b.upn) ? -1 : 1));

describe.each([
  ['held in memory', busyTally],
  ['in the database', tally],
] as const)('counters of a group of jobs, %s,', (_, type) => {
  it('read and end as if each job had run alone, and failed ones not at all', async () => {
    const property = fc.asyncProperty(fc.array(fc.array(job, { minLength: 1, maxLength: 8 }), { maxLength: 4 }), async (groups) => {
      const connection = new SqliteConnection(':memory:');
      for (const statement of createStatements([tenant, type], sqliteDialect)) connection.exec(statement);
      const store = new SqliteStore({ reader: connection, writer: connection, clock: new FakeClock(), release: () => undefined });
      const model = new Map<string, Rows>(TENANTS.map((tenantId) => [tenantId, new Map()]));
      for (const group of groups) {
        // What each job has left behind, by its last run: jobs run again when one of their group fails, and in the order in which they came.
        const left: (Rows | undefined)[] = [];
        const runs = group.map(({ tenantId, steps, fails }, index) =>
          store.write(tenantId, async (writer) => {
            left[index] = undefined;
            const before = left.findLastIndex((rows, at) => at < index && rows !== undefined && group[at]!.tenantId === tenantId);
            let rows = left[before] ?? model.get(tenantId)!;
            for (const does of steps) rows = await run(writer, rows, [type, does]);
            if (fails) throw new AppError('preconditionFailed', 'as planned');
            left[index] = rows;
          }),
        );
        for (const { status, ...rest } of await Promise.allSettled(runs)) {
          if (status === 'rejected' && 'reason' in rest) expect(['preconditionFailed', 'alreadyExists']).toContain(rest.reason.code);
        }
        for (const [index, rows] of left.entries()) if (rows !== undefined) model.set(group[index]!.tenantId, rows);
      }
      for (const tenantId of TENANTS) {
        const stored = await store.read(tenantId, (reader) => reader.select({ from: type, scope: {}, orderBy: [] }));
        expect(sorted(stored)).toEqual(sorted([...model.get(tenantId)!.values()]));
      }
      await store.close();
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
