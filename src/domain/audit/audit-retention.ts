import { auditEvent } from '../../model/audit-event.ts';
import { column } from '../../query/column.ts';
import type { Store } from '../../store/contract.ts';

/** How many events one transaction removes: few enough that writes behind it do not wait. */
const STEP = 200;

/**
 * Removes a tenant's oldest audit events, one small transaction's worth.
 * @param before DateTimeOffset; events of that time and later stay
 * @returns whether there may be more to remove
 */
export async function removeOldEvents(store: Pick<Store, 'read' | 'write'>, tenantId: string, before: string): Promise<boolean> {
  const time = column(auditEvent, 'activityDateTime');
  const old = {
    from: auditEvent,
    scope: {},
    where: {
      kind: 'binary',
      type: 'Edm.Boolean',
      operator: 'lt',
      left: time,
      right: { kind: 'literal', type: 'Edm.DateTimeOffset', value: before },
    },
    orderBy: [{ expression: time, descending: false }],
    limit: STEP,
    properties: ['id'],
  } as const;
  const rows = await store.read(tenantId, (reader) => reader.select(old));
  const id = rows.map((row) => row.id);
  if (id.length > 0) await store.write(tenantId, (writer) => writer.delete({ from: auditEvent, scope: { id } }));
  return id.length === STEP;
}
