import { afterEach, beforeEach, expect, test } from 'vitest';
import { testChange } from '../../../test/support/test-change.ts';
import { FakeClock } from '../../lib/clock.ts';
import { uuidV4, uuidV7Generator } from '../../lib/ids.ts';
import { hardwareConfigurationDeviceState as type } from '../../model/hardware-configuration.ts';
import { model } from '../../model/index.ts';
import type { Store, Writer } from '../../store/contract.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import { newRow } from '../entity-rules.ts';
import { streamRows } from './stream-rows.ts';

const clock = new FakeClock();
const newId = uuidV7Generator(clock);
const tenantId = uuidV4();
let store: Store;

beforeEach(async () => {
  store = await openSqliteStore({ folder: ':memory:', types: model.stored, clock });
});
afterEach(() => store.close());

/** Stores this many device states below a policy. @returns their ids in order */
async function fill(writer: Writer, policyId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const row = newRow(type, testChange(writer, { newId }), { policyId, upn: 'ada@x.example' });
    await writer.insert(type, row);
    ids.push(row.id as string);
  }
  return ids;
}

test.each([0, 1, 999, 1000, 1001, 2000, 2001])('each of %i rows comes once and in order, while the caller changes them', async (count) => {
  const policyId = uuidV4();
  await store.write(tenantId, async (writer) => {
    await fill(writer, uuidV4(), 3);
    const ids = await fill(writer, policyId, count);
    const seen: unknown[] = [];
    for await (const row of streamRows(writer, { from: type, scope: { policyId } })) {
      seen.push(row.id);
      await writer.update(type, { policyId, id: row.id! }, { configurationState: 'pending', upn: null });
    }
    expect(seen).toEqual(ids);
  });
});

test('rows of several policies come once too, with the key and the columns that were asked for', async () => {
  await store.write(tenantId, async (writer) => {
    for (const count of [600, 600, 1]) await fill(writer, uuidV4(), count);
  });
  await store.read(tenantId, async (reader) => {
    const keys = new Set<string>();
    for await (const row of streamRows(reader, { from: type, scope: {}, properties: ['policyId', 'id', 'upn'] })) {
      expect(Object.keys(row).toSorted()).toEqual(['id', 'policyId', 'upn']);
      keys.add(`${row.policyId} ${row.id}`);
    }
    expect(keys.size).toBe(1201);
  });
});
