import type { Infer } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { managedDevice } from '../../model/managed-device.ts';
import type { Appender, Changes } from '../../store/contract.ts';
import { changedRow, type EntityRules, newRow, saveChanges } from '../entity-rules.ts';
import { changeOf, textIn, zerosIn } from '../named-columns.ts';
import {
  type AnyFamily,
  countsUsers,
  type DeviceFamily,
  type DeviceState,
  type FamilyTypes,
  type PolicyFamily,
  summaryColumns,
  type UserFamilyTypes,
  type UserState,
} from '../policies/families.ts';
import type { StateChange } from '../projection.ts';
import { isPossible, orRefusal, orThrow } from '../refusal.ts';
import { findOne, keyOf, type UnitOfWork } from '../unit-of-work.ts';
import { accountDeviceState, accountNewDeviceStates, accountReportedUserState, derivedUserStateId, isSameUser } from './accounting.ts';
import { markOfNew, resetBeforeChange } from './pending-reset.ts';

type DeviceStateType = FamilyTypes['deviceState'];
type UserStateType = UserFamilyTypes['userState'];
type SummaryType = FamilyTypes['runSummary'];

/** A device state with the user of its managed device, or with what its family remembers of earlier reports. */
function completed(
  family: AnyFamily,
  change: UnitOfWork<Appender>,
  [before, after]: readonly [DeviceState | undefined, DeviceState],
): DeviceState | Promise<DeviceState> {
  if (!countsUsers(family)) return family.remember === undefined ? after : family.remember(after, before);
  return managedDeviceOf(after) === null ? after : withDeviceUser(family, change, after);
}

/** Brings the projections of the family up to date with a device state. */
async function updateProjections(family: AnyFamily, change: UnitOfWork, states: StateChange<DeviceState>): Promise<void> {
  if (!countsUsers(family)) for (const projection of family.projections ?? []) await projection.follow(change, states);
}

/** Changes a device state and accounts for it. @returns the row afterwards */
export async function saveDeviceState(
  family: AnyFamily,
  change: UnitOfWork,
  [before, values]: readonly [DeviceState, Changes<DeviceStateType>],
): Promise<DeviceState> {
  const type = family.deviceState;
  const after = await completed(family, change, [before, changedRow(type, change, [before, values])]);
  await saveChanges(type, change, [before, after]);
  await accountDeviceState(family, change, [before, after]);
  await updateProjections(family, change, [before, after]);
  return after;
}

/** Appends device states of one policy and accounts for them. States that are wrong are found before anything is changed, and left out. */
async function appendDeviceStates(
  family: PolicyFamily,
  change: UnitOfWork<Appender>,
  all: readonly Changes<DeviceStateType>[],
): Promise<readonly (DeviceState | AppError)[]> {
  const type = family.deviceState;
  const mark = await markOfNew(family, change, all[0]!.policyId!);
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

/** Creates a device state of a family that counts devices alone, with its projections. */
async function createDeviceState(family: DeviceFamily, change: UnitOfWork, values: Changes<DeviceStateType>): Promise<DeviceState> {
  const type = family.deviceState;
  const mark = await markOfNew(family, change, values.policyId!);
  const row = await completed(family, change, [undefined, newRow(type, change, { ...values, ...mark })]);
  for (const projection of family.projections ?? []) await projection.checkNew?.(change.writer, row);
  await change.writer.insert(type, row);
  await accountNewDeviceStates(family, change, [row]);
  await updateProjections(family, change, [undefined, row]);
  return row;
}

/** Device states: every write is accounted for in the same transaction. */
export const deviceStateRules = (family: AnyFamily): EntityRules<DeviceStateType> => {
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
      const isUnbound = 'managedDeviceId' in values && values.managedDeviceId === null && managedDeviceOf(before) !== null;
      const nobody = isUnbound && countsUsers(family) ? changeOf(type, family.deviceUserColumn, null) : {};
      return saveDeviceState(family, change, [before, { ...values, ...nobody }]);
    },
    async remove(change, row) {
      await change.writer.delete({ from: type, scope: keyOf(type, row) });
      await accountDeviceState(family, change, [row, undefined]);
      await updateProjections(family, change, [row, undefined]);
    },
  };
};

/** A state created below a user state stays there: its device, if it names one, must be that user's. @throws invalidValue */
function checkParent(family: PolicyFamily, row: Row, values: Row): void {
  const column = family.deviceUserColumn;
  if (values[column] === undefined || isSameUser(textIn(values, column), textIn(row, column))) return;
  throw new AppError(
    'invalidValue',
    'The managed device belongs to another user than this user state. Create the device state below the policy, or name a device of this user.',
    { target: 'managedDevice' },
  );
}

/** Families whose device states name a managed device take the user from it. */
async function withDeviceUser(family: PolicyFamily, change: UnitOfWork<Appender>, row: DeviceState): Promise<DeviceState> {
  const device = await findOne(change.writer, managedDevice, { id: managedDeviceOf(row)! });
  return device === undefined
    ? row
    : Object.assign({}, row, changeOf(family.deviceState, family.deviceUserColumn, device.userPrincipalName));
}

/** The managed device that a state names; null where it names none, or its family has no such column. */
const managedDeviceOf = (row: DeviceState): string | null => ('managedDeviceId' in row ? row.managedDeviceId : null);

/** User states: reported rows are kept as written, derived ones are counted by `accounting.ts`. */
export const userStateRules = (family: PolicyFamily): EntityRules<UserStateType> => {
  const type = family.userState;

  const report = async (change: UnitOfWork, values: Changes<UserStateType>): Promise<UserState> => {
    const row = newRow(type, change, { ...internalColumns(family), ...values, origin: 'reported', shown: true, reportedRows: 0 });
    await change.writer.insert(type, row);
    await accountReportedUserState(family, change, [undefined, row]);
    return row;
  };

  return {
    create: report,
    async update(change, before, values) {
      const column = family.userColumn;
      const upn = textIn(before, column);
      const renamed = column in values && !isSameUser(textIn(values, column), upn);
      if (renamed && upn !== null && before.id === derivedUserStateId(before.policyId, upn)) {
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
const internalColumns = (family: PolicyFamily): Changes<UserStateType> =>
  zerosIn(
    family.userState,
    family.ranking.map(([count]) => count).filter((count) => !family.summed.some((name) => name === count)),
  );

/** Run summaries: a patched one is answered as written until it is deleted; the derived one counts on meanwhile. */
export const runSummaryRules = (family: AnyFamily): EntityRules<SummaryType> => {
  const type = family.runSummary;
  const derivedKey = ({ policyId }: Infer<SummaryType>) => ({ policyId, origin: 'derived' }) as const;
  return {
    async create(change, values) {
      const row = newRow(type, change, { ...zeroSummary(family, values.policyId!), ...values });
      await change.writer.insert(type, row);
      return row;
    },
    async update(change, before, values) {
      const after: Infer<SummaryType> = { ...before, ...values, origin: 'reported', shown: true };
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
const zeroSummary = (family: AnyFamily, policyId: string): Changes<SummaryType> => ({
  ...zerosIn(family.runSummary, summaryColumns(family)),
  id: policyId,
  policyId,
  origin: 'derived',
  shown: true,
});
