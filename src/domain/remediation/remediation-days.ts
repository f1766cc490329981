import { formatDateTimeOffset, parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { ColumnOf, Infer } from '../../edm/infer.ts';
import { deviceHealthScriptDay, deviceHealthScriptDeviceState } from '../../model/device-health-script.ts';
import type { Reader } from '../../store/contract.ts';
import { numberIn } from '../named-columns.ts';
import type { Discrepancy, Projection, StateChange } from '../projection.ts';
import { streamRows } from '../reading/stream-rows.ts';

/**
 * What devices reported day by day (UTC), as counters of a script and a day: each day counts a device once, by its last report of
 * that day. A second counter says of how many devices the newest remediation was on that day: the sum of thirty days is the cumulative
 * count, which so is true whenever it is read, without a write when a day goes by.
 *
 * A device state remembers what its newest report counted for (`reportDay`, `reportCounts`), and the newest remediation before that
 * report. To wait for a run (`pending`) is no report; a write that keeps `lastStateUpdateDateTime` of a report corrects it.
 */

const type = deviceHealthScriptDay;

type HealthState = Infer<typeof deviceHealthScriptDeviceState>;
/** A counter of a day. */
type DayCount = ColumnOf<typeof deviceHealthScriptDay, number>;

/** How many days the cumulative count and the history look back, today included. */
const WINDOW = 30;
const SECONDS_PER_DAY = 86_400n;
const TICKS_PER_SECOND = 10_000_000n;

const sameInstant = (a: string, b: string): boolean => parseDateTimeOffset(a)!.ticks === parseDateTimeOffset(b)!.ticks;

/** Days since 0001-01-01 of an instant. */
const dayNumber = (time: string): bigint => parseDateTimeOffset(time)!.ticks / TICKS_PER_SECOND / SECONDS_PER_DAY;
const dayText = (day: bigint): string => formatDateTimeOffset(Number(day * SECONDS_PER_DAY), 0, 0).slice(0, 10);

/** The days that are looked back on. @param now a DateTimeOffset */
const daysUntil = (now: string): readonly string[] => Array.from({ length: WINDOW }, (_, back) => dayText(dayNumber(now) - BigInt(back)));

/** The counters of a day that a report raises. */
function countsOf({ detectionState, remediationState }: HealthState): readonly DayCount[] {
  const counts: DayCount[] = [];
  if (remediationState === 'success') counts.push('remediatedDeviceCount');
  if (detectionState === 'success') counts.push('noIssueDeviceCount');
  if (detectionState === 'fail') counts.push('detectFailedDeviceCount');
  return counts;
}

/** The day of the newest remediation of a device, or null. */
function lastRemediation({ remediatedBefore: earlier, reportDay: day, reportCounts }: HealthState): string | null {
  if (day === null || !reportCounts.includes('remediatedDeviceCount')) return earlier;
  return earlier === null || day > earlier ? day : earlier;
}

/** A device state with what it remembers of its reports. */
export function rememberReport(after: HealthState, before: HealthState | undefined): HealthState {
  const { reportDay = null, reportCounts = [], remediatedBefore = null } = before ?? {};
  if (after.detectionState === 'pending') return { ...after, reportDay, reportCounts, remediatedBefore };
  const time = after.lastStateUpdateDateTime;
  const corrects = before !== undefined && before.detectionState !== 'pending' && sameInstant(before.lastStateUpdateDateTime, time);
  return {
    ...after,
    reportDay: dayText(dayNumber(time)),
    reportCounts: countsOf(after),
    remediatedBefore: before === undefined || corrects ? remediatedBefore : lastRemediation(before),
  };
}

/** What a change of a device state adds to each day. */
function deltasOf([before, after]: StateChange<HealthState>): ReadonlyMap<string, Record<string, number>> {
  const days = new Map<string, Record<string, number>>();
  const add = (day: string, column: string, amount: number): void => {
    const known = days.get(day) ?? {};
    days.set(day, { ...known, [column]: (known[column] ?? 0) + amount });
  };
  const addReport = ({ reportDay, reportCounts }: HealthState, amount: number): void => {
    for (const column of reportCounts) add(reportDay!, column, amount);
  };
  // What was reported on an earlier day stays reported; a deleted state takes its newest report with it.
  const replaces = before !== undefined && (after === undefined || (after.reportDay ?? '') <= (before.reportDay ?? ''));
  if (replaces) addReport(before, -1);
  if (after !== undefined) addReport(after, 1);
  for (const [state, amount] of [
    [before, -1],
    [after, 1],
  ] as const) {
    const day = state === undefined ? null : lastRemediation(state);
    if (day !== null) add(day, 'lastRemediatedDeviceCount', amount);
  }
  return days;
}

/** Keeps the days of a health script. */
export const remediationDays: Projection<Infer<typeof deviceHealthScriptDeviceState>> = {
  type,
  async follow({ writer, now }, states) {
    const { policyId } = (states[1] ?? states[0])!;
    for (const [day, deltas] of deltasOf(states)) {
      const add = Object.fromEntries(Object.entries(deltas).filter(([, amount]) => amount !== 0));
      if (Object.keys(add).length === 0) continue;
      await writer.accumulate(type, { key: { policyId, day }, add, raise: { lastModifiedDateTime: now }, returns: [] });
    }
  },
  async *recount(reader, policyId): AsyncGenerator<Discrepancy> {
    const counted = new Map<string, Record<string, number>>();
    for await (const state of streamRows(reader, { from: deviceHealthScriptDeviceState, scope: { policyId } })) {
      for (const [day, deltas] of deltasOf([undefined, state])) {
        const known = counted.get(day) ?? {};
        for (const column in deltas) known[column] = (known[column] ?? 0) + deltas[column]!;
        counted.set(day, known);
      }
    }
    for await (const { day, ...stored } of streamRows(reader, { from: type, scope: { policyId } })) {
      const { lastRemediatedDeviceCount = 0, ...reports } = counted.get(day) ?? {};
      const differs = (column: string, amount: number): Discrepancy => ({
        entity: type.name,
        id: `${policyId}/${day}`,
        column,
        stored: numberIn(stored, column),
        counted: amount,
      });
      if (stored.lastRemediatedDeviceCount !== lastRemediatedDeviceCount)
        yield differs('lastRemediatedDeviceCount', lastRemediatedDeviceCount);
      // Reports of devices that have reported again since are counted and no longer in the rows.
      for (const column in reports) if (numberIn(stored, column) < reports[column]!) yield differs(column, reports[column]!);
      counted.delete(day);
    }
    for (const day of counted.keys()) {
      yield { entity: type.name, id: `${policyId}/${day}`, column: 'id', stored: undefined, counted: day };
    }
  },
};

/** The days of a script that are looked back on, oldest first. */
export async function recentDays(reader: Reader, now: string, policyId: string): Promise<readonly Infer<typeof deviceHealthScriptDay>[]> {
  const rows = await reader.select({ from: type, scope: { policyId, day: [...daysUntil(now)] }, orderBy: [] });
  return rows.toSorted((a, b) => (a.day < b.day ? -1 : 1));
}

/** How many devices were remediated in the days that are looked back on. */
export const remediatedDevices = async (reader: Reader, now: string, policyId: string): Promise<number> =>
  (await recentDays(reader, now, policyId)).reduce((sum, day) => sum + day.lastRemediatedDeviceCount, 0);
