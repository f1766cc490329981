import { expect, test, vi } from 'vitest';
import { testChange } from '../../../test/support/test-change.ts';
import { recordAct } from '../../domain/audit/audit.ts';
import { FakeClock } from '../../lib/clock.ts';
import { uuidV4, uuidV7Generator } from '../../lib/ids.ts';
import { auditEvent } from '../../model/audit-event.ts';
import { group } from '../../model/directory.ts';
import { model } from '../../model/index.ts';
import { deviceSignIn } from '../../model/internal.ts';
import { NO_TENANT, type Store } from '../../store/contract.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import { startHourlySweep } from './hourly-sweep.ts';

const clock = new FakeClock(Date.UTC(2026, 5, 1));
const newId = uuidV7Generator(clock);

const record = (store: Store, tenantId: string, [now, count]: readonly [string, number]): Promise<void> =>
  store.write(tenantId, async (writer) => {
    const change = testChange(writer, { tenantId, now, newId });
    for (let i = 0; i < count; i++) await recordAct(change, { operation: 'Create', type: group, resources: [] });
  });

const count = (store: Store, tenantId: string): Promise<number> =>
  store.read(tenantId, (reader) => reader.count({ from: auditEvent, scope: {} }));

test('what has expired goes, events of every tenant and sign-ins of none, and it ends when told to', async () => {
  const store = await openSqliteStore({ folder: ':memory:', types: model.stored, clock });
  const tenants = [uuidV4(), uuidV4()] as const;
  for (const tenant of tenants) {
    await record(store, tenant, ['2026-05-01T23:59:59Z', 230]);
    await record(store, tenant, ['2026-05-02T00:00:00Z', 3]);
  }
  const digests = { userCode: 'u', tenantId: tenants[0], clientId: 'c', scopes: '{}' };
  const decision = { interval: 5, polledAt: null, isDenied: false, userPrincipalName: 'ada@contoso.com' };
  await store.write(NO_TENANT, async (writer) => {
    for (const [id, age] of Object.entries({ old: 300_000, young: 299_999 }))
      await writer.insert(deviceSignIn, { id, ...digests, network: '', ...decision, expiresAt: clock.now() - age });
  });
  const observe = vi.fn();
  const end = startHourlySweep({ store, clock, auditDays: 30 }, observe);
  const counts = () => Promise.all(tenants.map((tenant) => count(store, tenant)));
  await vi.waitFor(async () => expect(await counts()).toEqual([3, 3]), { timeout: 5000 });
  const signIns = () =>
    store.read(NO_TENANT, (reader) => reader.select({ from: deviceSignIn, scope: {}, orderBy: [], properties: ['id'] }));
  await vi.waitFor(async () => expect(await signIns()).toEqual([{ id: 'young' }]), { timeout: 5000 });
  await end();
  await store.close();
  expect(observe).not.toHaveBeenCalled();
});

test('what goes wrong is reported, and tried again later', async () => {
  const observe = vi.fn();
  const store: Store = {
    read: () => Promise.reject(new Error('no disk')),
    write: () => Promise.reject(),
    append: () => Promise.reject(),
    close: async () => undefined,
  };
  const end = startHourlySweep({ store, clock, auditDays: 1 }, observe);
  await vi.waitFor(() => expect(observe.mock.calls).toMatchObject([[{ kind: 'failed', cause: { message: 'no disk' } }]]));
  await end();
});
