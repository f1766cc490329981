import type { EntityRules } from '../../src/domain/entity-rules.ts';
import type { PolicyFamily } from '../../src/domain/policies/families.ts';
import { findOne } from '../../src/domain/unit-of-work.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import type { Row } from '../../src/edm/primitive.ts';
import {
  hardwareConfiguration,
  hardwareConfigurationAssignment,
  hardwareConfigurationDeviceState,
  hardwareConfigurationRunSummary,
  hardwareConfigurationUserState,
} from '../../src/model/hardware-configuration.ts';
import { sequence } from '../../src/model/internal.ts';
import type { Writer } from '../../src/store/contract.ts';

/**
 * Rows have the types of their columns. The compiler is the test: `tsc` fails where a line below `@ts-expect-error` compiles. Nothing here runs.
 */
export async function misspelt(writer: Writer, { id, policyId }: { readonly id: string; readonly policyId: string }): Promise<void> {
  const from = hardwareConfigurationDeviceState;
  const key = { policyId, id };

  const [state] = await writer.select({ from, scope: key, orderBy: [] });
  state!.configurationState satisfies 'unknown' | 'success' | 'fail' | 'scriptError' | 'pending' | 'notApplicable';
  // @ts-expect-error no such column
  state!.configurationstate;
  // @ts-expect-error no such column in a scope
  await writer.select({ from, scope: { policyID: policyId }, orderBy: [] });
  // @ts-expect-error no such column among the properties
  await writer.select({ from, scope: key, orderBy: [], properties: ['upm'] });
  // @ts-expect-error no such column in the scope of a count
  await writer.count({ from, scope: { policyID: policyId } });

  const [named] = await writer.select({ from, scope: key, orderBy: [], properties: ['upn'] });
  named!.upn satisfies string | null;
  // @ts-expect-error the column was not read
  named!.deviceName;

  // @ts-expect-error columns are missing
  await writer.insert(sequence, { name: 'n' });
  // @ts-expect-error no such column in a row
  await writer.insert(sequence, { name: 'n', last: 1, lasst: 1 });
  // @ts-expect-error no such column among changes
  await writer.update(from, key, { configurationstate: 'fail' });
  // @ts-expect-error no such member of the enumeration
  await writer.update(from, key, { configurationState: 'failed' });
  // @ts-expect-error no such column to add to
  await writer.accumulate(sequence, { key: { name: 'n' }, add: { lasst: 1 } });
  // @ts-expect-error texts cannot be added to
  await writer.accumulate(sequence, { key: { name: 'n' }, add: { name: 1 } });
  // @ts-expect-error no such column in a key
  await findOne(writer, sequence, { nam: 'n' });

  // Code that works with any type has rows of any columns.
  const [any] = await writer.select({ from: from as EntityType, scope: {}, orderBy: [] });
  any satisfies Row | undefined;
}

const types = {
  policy: hardwareConfiguration,
  assignment: hardwareConfigurationAssignment,
  deviceState: hardwareConfigurationDeviceState,
  userState: hardwareConfigurationUserState,
  runSummary: hardwareConfigurationRunSummary,
} as const;

type Family = PolicyFamily<typeof types>;

export const misspeltFamily: Partial<Family> = {
  // @ts-expect-error no such column
  stateColumn: 'configurationstate',
  // @ts-expect-error a column of another type: the user state's
  deviceUserColumn: 'userEmail',
  // @ts-expect-error no such column
  userColumn: 'userPrincipalName',
  // @ts-expect-error the device state has no such column, the user state has
  summaryTimeColumn: 'lastStateUpdateDateTime',
  // @ts-expect-error no such counter
  summed: ['successDeviceCount'],
  // @ts-expect-error no such counter of users
  ranking: [['errorDeviceCount', 'errorUsersCount']],
};

export const misspeltRules: Partial<EntityRules<typeof hardwareConfiguration>> = {
  async update(_change, before, values) {
    // @ts-expect-error no such column
    values.displayname;
    // @ts-expect-error a number
    before.version satisfies string;
    return { ...before, displayName: values.displayName ?? before.displayName };
  },
};
