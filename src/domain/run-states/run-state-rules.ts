import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Appender } from '../../store/contract.ts';
import { type Change, findOne, keyOf } from '../change.ts';
import type { StateChange } from '../companion.ts';
import { changedRow, type EntityRules, newRow, saveChanges } from '../entity-rules.ts';
import { type AnyFamily, countsUsers, type DeviceFamily, type PolicyFamily, summaryColumns } from '../policies/policy-family.ts';
import { isPossible, orRefusal, orThrow } from '../refusal.ts';
import { accountDeviceState, accountNewDeviceStates, accountReportedUserState, derivedUserStateId, isSameUser } from './accounting.ts';
import { markOfNew, resetBeforeChange } from './pending-reset.ts';

/** What a device state says by itself, completed by what is known of its device or of its earlier reports. */
function completed(family: AnyFamily, change: Change<Appender>, [before, after]: readonly [Row | undefined, Row]): Row | Promise<Row> {
  if (!countsUsers(family)) return family.remember === undefined ? after : family.remember(after, before);
  const device = after.managedDeviceId;
  return device === undefined || device === null ? after : withDeviceUser(family, change, after);
}

/** Tells those who are kept in step with device states of what became of one. */
async function tellCompanions(family: AnyFamily, change: Change, states: StateChange): Promise<void> {
  if (!countsUsers(family)) for (const companion of family.companions ?? []) await companion.follow(change, states);
}

/** Changes a device state and accounts for it. @returns the row afterwards */
export async function saveDeviceState(family: AnyFamily, change: Change, [before, values]: readonly [Row, Row]): Promise<Row> {
  const type = family.deviceState;
  const after = await completed(family, change, [before, changedRow(type, change, [before, values])]);
  await saveChanges(type, change, [before, after]);
  await accountDeviceState(family, change, [before, after]);
  await tellCompanions(family, change, [before, after]);
  return after;
}

/** Appends device states of one policy and accounts for them. States that are wrong are found before anything is changed, and left out. */
async function appendDeviceStates(
  family: PolicyFamily,
  change: Change<Appender>,
  all: readonly Row[],
): Promise<readonly (Row | AppError)[]> {
  const type = family.deviceState;
  const mark = await markOfNew(family, change, all[0]!.policyId as string);
  const outcomes = await Promise.all(
    all.map((values) =>
      orRefusal(async () => {
        const row = await completed(family, change, [undefined, newRow(type, change, { ...values, ...mark })]);
        checkParent(family, row, values);
        return row;
      }),
    ),
  );
  const rows = outcomes.filter(isPossible);
  if (rows.length === 0) return outcomes;
  await change.writer.insert(type, ...rows);
  await accountNewDeviceStates(family, change, rows);
  return outcomes;
}

/** Creates a device state of a family that counts devices alone, with what is kept in step with it. */
async function createDeviceState(family: DeviceFamily, change: Change, values: Row): Promise<Row> {
  const type = family.deviceState;
  const mark = await markOfNew(family, change, values.policyId as string);
  const row = await completed(family, change, [undefined, newRow(type, change, { ...values, ...mark })]);
  for (const companion of family.companions ?? []) await companion.checkNew?.(change.writer, row);
  await change.writer.insert(type, row);
  await accountNewDeviceStates(family, change, [row]);
  await tellCompanions(family, change, [undefined, row]);
  return row;
}

/** Device states: every write is accounted for in the same transaction. */
export const deviceStateRules = (family: AnyFamily): EntityRules => {
  const type = family.deviceState;
  return {
    ...(countsUsers(family)
      ? {
          create: async (change, values) => orThrow((await appendDeviceStates(family, change, [values]))[0]!),
          append: (change, all) => appendDeviceStates(family, change, all),
        }
      : { create: (change, values) => createDeviceState(family, change, values) }),
    async update(change, stored, values) {
      const reset = await resetBeforeChange(family, change, stored);
      const before = reset === undefined ? stored : await saveDeviceState(family, change, [stored, reset]);
      // Without its device a state is nobody's.
      const isUnbound = countsUsers(family) && values.managedDeviceId === null && before.managedDeviceId !== null;
      return saveDeviceState(family, change, [before, isUnbound ? { ...values, [family.deviceUserColumn]: null } : values]);
    },
    async remove(change, row) {
      await change.writer.delete({ from: type, scope: keyOf(type, row) });
      await accountDeviceState(family, change, [row, undefined]);
      await tellCompanions(family, change, [row, undefined]);
    },
  };
};

/** A state created below a user state stays there: its device, if it names one, must be that user's. @throws invalidValue */
function checkParent(family: PolicyFamily, row: Row, values: Row): void {
  const column = family.deviceUserColumn;
  if (values[column] === undefined || isSameUser(values[column] as string | null, row[column] as string | null)) return;
  throw new AppError(
    'invalidValue',
    'The managed device belongs to another user than this user state. Create the device state below the policy, or name a device of this user.',
    { target: 'managedDevice' },
  );
}

/** Families whose device states name a managed device take the user from it. */
async function withDeviceUser(family: PolicyFamily, change: Change<Appender>, row: Row): Promise<Row> {
  const device = await findOne(change.writer, managedDevice, { id: row.managedDeviceId! });
  return device === undefined ? row : { ...row, [family.deviceUserColumn]: device.userPrincipalName! };
}

/** User states: reported rows are kept as written, derived ones are counted by `accounting.ts`. */
export const userStateRules = (family: PolicyFamily): EntityRules => {
  const type = family.userState;

  const report = async (change: Change, values: Row): Promise<Row> => {
    const row = newRow(type, change, { ...internalColumns(family), ...values, origin: 'reported', shown: true, reportedRows: 0 });
    await change.writer.insert(type, row);
    await accountReportedUserState(family, change, [undefined, row]);
    return row;
  };

  return {
    create: report,
    async update(change, before, values) {
      const column = family.userColumn;
      const upn = before[column] as string | null;
      const renamed = values[column] !== undefined && !isSameUser(values[column] as string | null, upn);
      if (renamed && upn !== null && before.id === derivedUserStateId(before.policyId as string, upn)) {
        throw new AppError(
          'invalidValue',
          `The id of this user state stands for '${upn}'. To report on another user, create a user state for that user.`,
          {
            target: column,
          },
        );
      }
      if (before.origin === 'derived') return report(change, { ...before, ...internalColumns(family), ...values });
      const after = changedRow(type, change, [before, values]);
      await saveChanges(type, change, [before, after]);
      await accountReportedUserState(family, change, [before, after]);
      return after;
    },
    async remove(change, row) {
      if (row.origin === 'derived') {
        throw new AppError(
          'derivedRow',
          'This user state is counted from device states and cannot be deleted. Delete the device states of this user instead.',
        );
      }
      await change.writer.delete({ from: type, scope: keyOf(type, row) });
      await accountReportedUserState(family, change, [row, undefined]);
    },
  };
};

/** Counts that a client cannot report are zero in a reported row. */
const internalColumns = (family: PolicyFamily): Row =>
  Object.fromEntries(
    family.ranking
      .map(([count]) => count)
      .filter((count) => !family.summed.includes(count))
      .map((count) => [count, 0]),
  );

/** Run summaries: a patched one is answered as written until it is deleted; the derived one counts on meanwhile. */
export const runSummaryRules = (family: AnyFamily): EntityRules => {
  const type = family.runSummary;
  const derivedKey = (row: Row) => ({ policyId: row.policyId!, origin: 'derived' });
  return {
    async create(change, values) {
      const row = newRow(type, change, { ...zeroSummary(family, values.policyId as string), ...values });
      await change.writer.insert(type, row);
      return row;
    },
    async update(change, before, values) {
      const after = { ...before, ...values, origin: 'reported', shown: true };
      if (before.origin === 'reported') await saveChanges(type, change, [before, after]);
      else {
        await change.writer.update(type, derivedKey(before), { shown: false });
        await change.writer.insert(type, after);
      }
      return after;
    },
    async remove(change, row) {
      if (row.origin === 'derived') return; // what DELETE brings back is there already
      await change.writer.delete({ from: type, scope: keyOf(type, row) });
      await change.writer.update(type, derivedKey(row), { shown: true });
    },
  };
};

/** The summary of a policy that nothing has run yet. */
const zeroSummary = (family: AnyFamily, policyId: string): Row => ({
  ...Object.fromEntries(summaryColumns(family).map((column) => [column, 0])),
  id: policyId,
  policyId,
  origin: 'derived',
  shown: true,
});
