import { newest, parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Column } from '../../edm/infer.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { uuidV5 } from '../../lib/ids.ts';
import { RUN_STATES, stateCountColumn } from '../../model/run-state.ts';
import { column } from '../../query/column.ts';
import { foldCase } from '../../query/evaluate/text.ts';
import type { Appender, Changes, Reader } from '../../store/contract.ts';
import { changeOf, numberIn, textIn } from '../named-columns.ts';
import { type AnyFamily, countsUsers, type DeviceState, type PolicyFamily, stateOf, type UserState } from '../policies/families.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';

/**
 * Run-state accounting (docs/adr/0005-derived-rows-are-stored.md): the transaction that changes a device state also changes the counters of
 * its user state and of the run summary. A policy has one *derived* user row per upn, in any case of letters, and one derived summary row.
 * A derived user row counts on while reported rows of the same upn hide it. `recount.ts` computes the same numbers from the rows:
 * `test/accounting/accounting.test.ts` compares the two and fails when a write forgets a counter.
 */

/** Amounts to add, by column. */
export type Deltas = Readonly<Record<string, number>>;

/** {@link Deltas} that are being summed; none is zero. */
export type Sums = Record<string, number>;

const BEFORE_ALL = '0001-01-01T00:00:00Z';

/** The id of the derived user state of a upn, however that is written. */
export const derivedUserStateId = (policyId: string, upn: string): string => uuidV5(policyId, foldCase(upn));

const derivedUserKey = (policyId: string, upn: string) => ({ policyId, id: derivedUserStateId(policyId, upn), origin: 'derived' }) as const;

/** Whether two names are of one user. Nobody is the same as nobody. */
export const isSameUser = (a: string | null, b: string | null): boolean =>
  a === b || (a !== null && b !== null && foldCase(a) === foldCase(b));

/** The user of a device state, or null: an empty name is nobody's. */
export const userOf = (family: AnyFamily, deviceState: Row): string | null =>
  countsUsers(family) ? textIn(deviceState, family.deviceUserColumn) || null : null;

/** Adds deltas to sums. @param sign -1 takes them away */
export function addAll(sums: Sums, deltas: Deltas, sign: 1 | -1 = 1): void {
  for (const column in deltas) addTo(sums, column, sign * deltas[column]!);
}

function addTo(sums: Sums, column: string, amount: number): void {
  const sum = (sums[column] ?? 0) + amount;
  if (sum === 0) delete sums[column];
  else sums[column] = sum;
}

/** The summary column that a visible user row counts its user in: that of the worst of its states. */
const userColumnOf = (family: PolicyFamily, userRow: Row | undefined): string | null =>
  family.ranking.find(([count]) => numberIn(userRow, count) > 0)?.[1] ?? null;

/** What a policy's summary must change by when a visible user row does; undefined: there is none, or none that is visible. */
export function summaryChange(family: PolicyFamily, [before, after]: readonly [Row | undefined, Row | undefined]): Deltas {
  const change: Sums = {};
  for (const column of family.summed) {
    const amount = numberIn(after, column) - numberIn(before, column);
    if (amount !== 0) change[column] = amount;
  }
  const [was, is] = [userColumnOf(family, before), userColumnOf(family, after)];
  if (was === is) return change;
  if (was !== null) change[was] = -1;
  if (is !== null) change[is] = 1;
  return change;
}

/** What one device state without a user adds to the summary. */
export function contributionOfDevice(family: AnyFamily, deviceState: Row): Deltas {
  if (!countsUsers(family)) {
    const counted = Object.entries(family.counts).flatMap(([column, counts]) => counts[textIn(deviceState, column) ?? ''] ?? []);
    return Object.fromEntries(counted.map((column) => [column, 1]));
  }
  const column = family.countColumn[stateOf(family, deviceState)];
  return family.summed.some((name) => name === column) ? { [column]: 1 } : {};
}

/** What one device state adds to the counts of them by their result. */
export const resultCount = (family: AnyFamily, deviceState: Row): Deltas => ({ [stateCountColumn(stateOf(family, deviceState))]: 1 });

/** Devices that a user row counts, in any state. */
const devicesOf = (family: PolicyFamily, userRow: Row): number =>
  family.ranking.reduce((sum, [count]) => sum + numberIn(userRow, count), 0);

type UserColumn = Column<PolicyFamily['userState']>;
const userColumnsOf = new WeakMap<PolicyFamily, readonly UserColumn[]>();

/** The columns of a derived user row that accounting looks at. */
function userColumns(family: PolicyFamily): readonly UserColumn[] {
  let columns = userColumnsOf.get(family);
  if (columns === undefined) {
    columns = ['shown', 'reportedRows', ...family.ranking.map(([count]) => count)];
    userColumnsOf.set(family, columns);
  }
  return columns;
}

/** A derived user row that counts nothing yet. */
function emptyUserRow(family: PolicyFamily, upn: string, reported: boolean): Changes<PolicyFamily['userState']> {
  const row = { ...changeOf(family.userState, family.userColumn, upn), shown: !reported };
  if (family.userTimeColumn === undefined) return row;
  return { ...row, ...changeOf(family.userState, family.userTimeColumn, BEFORE_ALL), userEmail: null, userName: null };
}

/** What the derived row of a user must change by. */
interface UserDelta {
  readonly policyId: string;
  readonly upn: string;
  readonly add: Sums;
  /** The newest result to take note of. */
  time: string | null;
}

/**
 * Adds to the derived row of a user and keeps its visibility right: shown while it counts devices and no reported row
 * of the same upn stands in for it, gone when it counts neither.
 * @returns what the summary must change by
 */
export async function countForUser(family: PolicyFamily, { writer }: UnitOfWork, delta: UserDelta): Promise<Deltas> {
  const key = derivedUserKey(delta.policyId, delta.upn);
  const [counted] = await writer.accumulate(family.userState, userAccumulation(family, delta));
  const after = counted!;
  const isShown = isVisible(family, after);
  if (after.reportedRows === 0 && devicesOf(family, after) === 0) await writer.delete({ from: family.userState, scope: key });
  else if (after.shown !== isShown) await writer.update(family.userState, key, { shown: isShown });
  return summaryOfUser(family, delta, after);
}

const userAccumulation = (family: PolicyFamily, { policyId, upn, add, time }: UserDelta) => ({
  key: derivedUserKey(policyId, upn),
  add,
  initial: emptyUserRow(family, upn, (add.reportedRows ?? 0) > 0),
  returns: userColumns(family),
  ...(family.userTimeColumn !== undefined && time !== null ? { raise: { [family.userTimeColumn]: time } } : {}),
});

/** A derived row is seen while it counts devices and no reported row of the same upn stands in for it. */
const isVisible = (family: PolicyFamily, row: Row): boolean => row.reportedRows === 0 && devicesOf(family, row) > 0;

/** What the summary must change by when a delta has made a user's row what it is. */
function summaryOfUser(family: PolicyFamily, { add }: UserDelta, after: Row): Deltas {
  const before: Record<string, Value> = { ...after };
  for (const column in add) before[column] = numberIn(after, column) - add[column]!;
  return summaryChange(family, [isVisible(family, before) ? before : undefined, isVisible(family, after) ? after : undefined]);
}

/**
 * Adds to a policy's derived summary.
 * @param delta `time`: a run to take note of, if any; `gone`: the time of a run that is no longer there, if any
 */
export async function countForPolicy(
  family: AnyFamily,
  change: UnitOfWork,
  delta: { readonly policyId: string; readonly add: Deltas; readonly time: string | null; readonly gone: string | null },
): Promise<void> {
  const { policyId, add, time, gone } = delta;
  const column = family.summaryTimeColumn;
  if (Object.keys(add).length === 0 && column === undefined) return;
  const key = { policyId, origin: 'derived' } as const;
  const counted = summaryAccumulation(family, { policyId, add, time });
  const [row] = await change.writer.accumulate(family.runSummary, {
    ...counted,
    returns: column === undefined || gone === null ? [] : [column],
  });
  if (column === undefined || gone === null || !sameInstant(textIn(row!, column), gone)) return;
  await change.writer.update(
    family.runSummary,
    key,
    changeOf(family.runSummary, column, await newestRunTime(family, change.writer, policyId)),
  );
}

const summaryAccumulation = (
  { summaryTimeColumn: column }: AnyFamily,
  { policyId, add, time }: { readonly policyId: string; readonly add: Deltas; readonly time: string | null },
) => ({
  key: { policyId, origin: 'derived' } as const,
  add,
  initial: { id: policyId, shown: true },
  returns: [],
  ...(column !== undefined && time !== null ? { raise: { [column]: time } } : {}),
});

const sameInstant = (a: string | null, b: string): boolean => a !== null && parseDateTimeOffset(a)!.ticks === parseDateTimeOffset(b)!.ticks;

/**
 * Accounts for new device states of one policy: each of their users and the policy are counted for once. The rows themselves have been
 * written already. New states hide and remove no row, so that it only appends.
 */
export async function accountNewDeviceStates(
  family: AnyFamily,
  { writer }: Pick<UnitOfWork<Appender>, 'writer'>,
  rows: readonly DeviceState[],
): Promise<void> {
  const { policyId } = rows[0]!;
  const summary: Sums = {};
  const users = new Map<string, UserDelta>();
  let newestTime: string | null = null;
  for (const row of rows) {
    countDevice(family, { row, sign: 1 }, { summary, users });
    newestTime = newest(newestTime, timeOf(row));
  }
  if (countsUsers(family) && users.size > 0) {
    const deltas = [...users.values()];
    const counted = await writer.accumulate(family.userState, ...deltas.map((delta) => userAccumulation(family, delta)));
    for (const [index, after] of counted.entries()) addAll(summary, summaryOfUser(family, deltas[index]!, after));
  }
  if (Object.keys(summary).length === 0 && family.summaryTimeColumn === undefined) return;
  await writer.accumulate(family.runSummary, summaryAccumulation(family, { policyId, add: summary, time: newestTime }));
}

/** When the result of a device state came; null where there is none. */
const timeOf = (deviceState: DeviceState | undefined): string | null => deviceState?.lastStateUpdateDateTime ?? null;

/**
 * Adds a device state to what a policy's summary and the row of its user must change by.
 * @param users by their folded names
 * @param sign -1: it is what the state was before, and says nothing of the newest result
 */
function countDevice(
  family: AnyFamily,
  { row, sign }: { readonly row: DeviceState; readonly sign: 1 | -1 },
  { summary, users }: { readonly summary: Sums; readonly users: Map<string, UserDelta> },
): void {
  addAll(summary, resultCount(family, row), sign);
  const upn = userOf(family, row);
  if (upn === null || !countsUsers(family)) {
    addAll(summary, contributionOfDevice(family, row), sign);
    return;
  }
  const name = foldCase(upn);
  let delta = users.get(name);
  if (delta === undefined) {
    delta = { policyId: row.policyId, upn, add: {}, time: null };
    users.set(name, delta);
  }
  addTo(delta.add, family.countColumn[stateOf(family, row)], sign);
  if (sign === 1) delta.time = newest(delta.time, timeOf(row));
}

/** Accounts for one device state that was changed, or removed (`after` undefined). The row itself has been written already. */
export async function accountDeviceState(
  family: AnyFamily,
  change: UnitOfWork,
  [before, after]: readonly [before: DeviceState, after: DeviceState | undefined],
): Promise<void> {
  const { policyId } = before;
  const [oldTime, time] = [timeOf(before), timeOf(after)];
  const gone = newest(oldTime, time) === time ? null : oldTime;
  const summary: Sums = {};
  const users = new Map<string, UserDelta>();
  countDevice(family, { row: before, sign: -1 }, { summary, users });
  if (after !== undefined) countDevice(family, { row: after, sign: 1 }, { summary, users });
  const had = (upn: string): boolean => isSameUser(userOf(family, before), upn);
  for (const delta of users.values()) {
    if (!countsUsers(family)) continue;
    addAll(summary, await countForUser(family, change, delta));
    const left = had(delta.upn) && (delta.time === null ? oldTime : gone);
    if (left) await lowerUserTime(family, change, { policyId, upn: delta.upn, left });
  }
  await countForPolicy(family, change, { policyId, add: summary, time, gone });
}

/** Recomputes the newest result of a user when the run that was newest is no longer there. */
async function lowerUserTime(
  family: PolicyFamily,
  change: UnitOfWork,
  { policyId, upn, left }: { readonly policyId: string; readonly upn: string; readonly left: string },
): Promise<void> {
  const column = family.userTimeColumn;
  if (column === undefined) return;
  const key = derivedUserKey(policyId, upn);
  const row = await findOne(change.writer, family.userState, key);
  if (row === undefined || !sameInstant(textIn(row, column), left)) return;
  const time =
    (await newestDeviceTime(family, change.writer, { policyId, ...changeOf(family.deviceState, family.deviceUserColumn, upn) })) ??
    BEFORE_ALL;
  await change.writer.update(family.userState, key, changeOf(family.userState, column, time));
}

/**
 * Accounts for one reported user state that was created (`before` undefined), changed, or removed (`after` undefined).
 * The row itself has been written already.
 */
export async function accountReportedUserState(
  family: PolicyFamily,
  change: UnitOfWork,
  [before, after]: readonly [UserState | undefined, UserState | undefined],
): Promise<void> {
  const { policyId } = (after ?? before)!;
  const summary: Sums = { ...summaryChange(family, [before, after]) };
  const [oldUpn, newUpn] = [textIn(before, family.userColumn) || null, textIn(after, family.userColumn) || null];
  if (!isSameUser(oldUpn, newUpn)) {
    for (const [upn, amount] of [
      [oldUpn, -1],
      [newUpn, 1],
    ] as const) {
      if (upn === null) continue;
      addAll(summary, await countForUser(family, change, { policyId, upn, add: { reportedRows: amount }, time: null }));
    }
  }
  const [gone, time] = [textIn(before, family.userTimeColumn), textIn(after, family.userTimeColumn)];
  await countForPolicy(family, change, { policyId, add: summary, time, gone: gone === time ? null : gone });
}

// Newest times, found by one index seek each: asked for only when the run that was newest is no longer there.

const TIME = 'lastStateUpdateDateTime';

/** The greatest `lastStateUpdateDateTime` of the rows with these columns, or null. */
async function newestOf(reader: Reader, from: EntityType, scope: Row): Promise<string | null> {
  const [row] = await reader.select({
    from,
    scope,
    orderBy: [{ expression: column(from, TIME), descending: true }],
    limit: 1,
    properties: [TIME],
  });
  return textIn(row, TIME);
}

/** The newest device state with these columns. */
const newestDeviceTime = (family: PolicyFamily, reader: Reader, scope: Changes<PolicyFamily['deviceState']>): Promise<string | null> =>
  newestOf(reader, family.deviceState, scope);

/** The newest run of a policy: over its device states (by state, as the index is) and its reported user states. */
async function newestRunTime(family: AnyFamily, reader: Reader, policyId: string): Promise<string | null> {
  let time = countsUsers(family) ? await newestOf(reader, family.userState, { policyId, origin: 'reported' }) : null;
  for (const state of RUN_STATES) {
    time = newest(time, await newestOf(reader, family.deviceState, { policyId, [family.stateColumn]: state }));
  }
  return time;
}
