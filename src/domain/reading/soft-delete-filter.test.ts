import { expect, test } from 'vitest';
import { model } from '../../model/index.ts';
import { column } from '../../query/column.ts';
import type { RowSet } from '../../query/plan.ts';
import { type Reader, type RowReader, typedReader } from '../../store/contract.ts';
import { liveReader } from './soft-delete-filter.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const REMOVED = '01930000-0000-7000-8000-00000000000a';
const KEPT = '01930000-0000-7000-8000-00000000000b';

const deviceState = model.stored.find(({ name }) => name === 'hardwareConfigurationDeviceState')!;

/** A reader of a tenant one of whose policies is being removed, and what it was asked besides. */
function readerWithRemoval(): { readonly reader: Reader; readonly asked: RowSet[] } {
  const asked: RowSet[] = [];
  const reader: RowReader = {
    select: (plan) => {
      if (plan.properties?.[0] === 'ownerId') return Promise.resolve([{ ownerId: REMOVED }]);
      asked.push(plan);
      return Promise.resolve([]);
    },
    count: (rows) => {
      asked.push(rows);
      return Promise.resolve(0);
    },
  };
  return { reader: typedReader(reader), asked };
}

test('rows of other policies are read as they are when nothing is being removed', async () => {
  const { reader, asked } = readerWithRemoval();
  const plan = {
    from: deviceState,
    scope: { policyId: KEPT },
    orderBy: [{ expression: column(deviceState, 'id'), descending: false }],
    limit: 10,
  };
  await liveReader(reader, TENANT).select(plan);
  await liveReader(reader, TENANT).count({ from: deviceState, scope: { policyId: KEPT.toUpperCase() } });
  expect(asked).toEqual([plan, { from: deviceState, scope: { policyId: KEPT.toUpperCase() } }]);
});

test('rows of the policy itself, in any case, and those of all policies are looked through', async () => {
  for (const scope of [{ policyId: REMOVED }, { policyId: REMOVED.toUpperCase() }, {}]) {
    const { reader, asked } = readerWithRemoval();
    await liveReader(reader, TENANT).count({ from: deviceState, scope });
    expect(asked[0]!.where, JSON.stringify(scope)).toMatchObject({ kind: 'unary', operator: 'not', operand: { kind: 'in' } });
  }
});
