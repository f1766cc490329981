import { describe, expect, it } from 'vitest';
import { findNavigation, type Navigation } from '../edm/link.ts';
import { deviceManagementScript } from '../model/device-management-script.ts';
import { managedDevice } from '../model/managed-device.ts';
import { deviceManagementScriptDeviceState } from '../model/script-children.ts';
import { column } from './column.ts';
import { evaluate } from './evaluate/evaluate.ts';
import type { Expression, LambdaExpression } from './expression.ts';
import { limitRows, type Visible } from './limit-rows.ts';

/** Rewritten expressions, interpreted: what is not visible is not there. That the store agrees is tested over HTTP. */

const text = (value: string) => ({ kind: 'literal', type: 'Edm.String', value }) as const;
const equal = (left: Expression, value: string): Expression => ({
  kind: 'binary',
  type: 'Edm.Boolean',
  operator: 'eq',
  left,
  right: text(value),
});
const named = (type: typeof managedDevice | typeof deviceManagementScript, name: string, variable?: string): Expression => ({
  ...column(type, name),
  ...(variable === undefined ? {} : { variable }),
});

const holds = (e: Expression | undefined, row: Parameters<typeof evaluate>[1]) => evaluate(e!, row, { now: 0 });

describe('what a plan looks at', () => {
  const onlySeen: Visible = (type, variable) =>
    type === managedDevice ? equal(named(managedDevice, 'notes', variable), 'seen') : undefined;
  const device: Navigation = findNavigation(deviceManagementScriptDeviceState, 'managedDevice')!;
  const name: Expression = { ...column(managedDevice, 'deviceName'), navigation: [device] };
  const plan = {
    from: deviceManagementScriptDeviceState,
    scope: {},
    where: equal(name, 'PC'),
    orderBy: [{ expression: name, descending: false }],
  };

  it('is missing behind a navigation', () => {
    const { where, orderBy } = limitRows(plan, onlySeen);
    const seen = { managedDevice: { deviceName: 'PC', notes: 'seen' } };
    const hidden = { managedDevice: { deviceName: 'PC', notes: null } };
    expect([seen, hidden, { managedDevice: null }].map((row) => holds(where, row))).toEqual([true, false, false]);
    expect([seen, hidden].map((row) => holds(orderBy[0]!.expression, row))).toEqual(['PC', null]);
  });

  it('must be visible twice where it is limited twice', () => {
    const onlyNew: Visible = (type, variable) =>
      type === managedDevice ? equal(named(managedDevice, 'osVersion', variable), 'new') : undefined;
    const { where } = limitRows(limitRows(plan, onlySeen), onlyNew);
    const devices = [{ osVersion: 'new' }, { notes: 'seen' }, { notes: 'seen', osVersion: 'new' }];
    expect(devices.map((device) => holds(where, { managedDevice: { deviceName: 'PC', ...device } }))).toEqual([false, false, true]);
  });

  it('is left as it is where all is visible', () => {
    expect(limitRows(plan, () => undefined)).toEqual(plan);
  });
});

it.each([
  ['any', undefined, [false, false, true]],
  ['any', 'PC', [false, false, true]],
  ['any', 'other', [false, false, false]],
  ['all', 'PC', [true, true, true]],
  ['all', 'other', [true, true, false]],
  ['count', undefined, [0, 0, 1]],
  ['count', 'PC', [0, 0, 1]],
  ['count', 'other', [0, 0, 0]],
] as const)('lambdas range over what is visible: %s %s', (operator, wanted, expected) => {
  const navigation: Navigation = { ...findNavigation(deviceManagementScript, 'assignments')!, name: 'devices', target: managedDevice };
  const predicate = wanted === undefined ? {} : { predicate: equal(named(managedDevice, 'deviceName', 'd'), wanted), variable: 'd' };
  const lambda: LambdaExpression = {
    kind: 'lambda',
    type: operator === 'count' ? 'Edm.Int64' : 'Edm.Boolean',
    operator,
    collection: { kind: 'navigationCollection', navigation },
    ...predicate,
  };
  const visible: Visible = (type, variable) =>
    type === managedDevice ? equal(named(managedDevice, 'notes', variable), 'seen') : undefined;
  const { where } = limitRows({ from: deviceManagementScript, scope: {}, where: lambda }, visible);
  const [seen, hidden] = [
    { deviceName: 'PC', notes: 'seen' },
    { deviceName: 'x', notes: '' },
  ];
  expect([[], [hidden], [seen, hidden]].map((devices) => holds(where, { devices }))).toEqual(expected);
});
