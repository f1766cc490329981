import { expect, it } from 'vitest';
import { findNavigation } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { deviceManagementScript } from '../../model/device-management-script.ts';
import { deviceManagementScriptDeviceState } from '../../model/script-children.ts';
import { keyOrder } from '../../query/column.ts';
import type { SelectPlan } from '../../query/plan.ts';
import { type RowReader, typedReader } from '../../store/contract.ts';
import type { Expand } from '../bind/query.ts';
import { expandedBelow, readExpansions } from './read-expansions.ts';

/** How much is looked at, by the plans that are run. That the answers are right is tested over HTTP, in `test/odata/expansions.test.ts`. */

const devices: Expand = {
  navigation: findNavigation(deviceManagementScriptDeviceState, 'managedDevice')!,
  form: 'instances',
  query: { type: findNavigation(deviceManagementScriptDeviceState, 'managedDevice')!.target, orderBy: [], expand: [], count: false },
  written: [],
};
const states: Expand = {
  navigation: findNavigation(deviceManagementScript, 'deviceRunStates')!,
  form: 'instances',
  query: {
    type: deviceManagementScriptDeviceState,
    orderBy: keyOrder(deviceManagementScriptDeviceState, { policyId: '' }),
    expand: [devices],
    count: false,
    top: 2,
  },
  written: [],
};

const scripts: readonly Row[] = ['s1', 's2', 's3'].map((id) => ({ id }));

/** Reads what is expanded below the scripts. @param counts how many states each of them has */
async function reading(counts: readonly number[], limit = 5000) {
  const rows = counts.flatMap((count, i) =>
    Array.from(
      { length: count },
      (_, n): Row => ({ policyId: `s${i + 1}`, id: `${i}${n}`, managedDeviceId: `d${n}`, $order1: `${i}${n}` }),
    ),
  );
  const plans: SelectPlan[] = [];
  const reader: RowReader = {
    select: async (plan) => {
      plans.push(plan);
      const found = plan.from === deviceManagementScriptDeviceState ? rows : [{ id: 'd0' }, { id: 'd1' }];
      return found.slice(0, plan.limit);
    },
    count: async () => 0,
  };
  const size = ({ top = 100 }: Expand['query']) => top;
  const read = await readExpansions(typedReader(reader), {
    rows: scripts,
    expand: [states],
    limit,
    maxBytes: 1_000_000,
    size,
    columns: () => undefined,
  });
  return { read, plans };
}

it('asks for the rows of one parent after those of another, and once for each expansion', async () => {
  const { read, plans } = await reading([2, 0, 1]);
  expect(plans.map(({ from, scope }) => [from.name, scope])).toEqual([
    ['deviceManagementScriptDeviceState', { policyId: ['s1', 's2', 's3', 's3'] }],
    ['managedDevice', { id: ['d0', 'd1'] }],
  ]);
  expect(plans[0]!.orderBy.map(({ expression }) => expression.kind === 'path' && expression.property?.name)).toEqual(['policyId', 'id']);
  const below = scripts.map((script) => expandedBelow(read, states, script)!);
  expect(below.map((rows) => rows.map(({ id, $order0 }) => [id, $order0]))).toEqual([
    [
      ['00', '00'],
      ['01', '01'],
    ],
    [],
    [['20', '20']],
  ]);
  expect(expandedBelow(read, devices, below[0]![1]!)).toEqual([{ id: 'd1' }]);
});

it('looks at no more than reading row by row would, and leaves what is more to that', async () => {
  const { read, plans } = await reading([8, 1, 1]);
  expect(plans.map(({ limit }) => limit)).toEqual([3 * (2 + 1) + 1]);
  expect(expandedBelow(read, states, scripts[0]!)).toBeUndefined();
  expect((await reading([3, 3, 3], 5)).plans.map(({ limit }) => limit)).toEqual([6]);
});
