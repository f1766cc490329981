import { newest, parseDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import { foldCase } from '../../query/evaluate/text.ts';
import type { Reader } from '../../store/contract.ts';
import { textIn } from '../named-columns.ts';
import { type AnyFamily, countsUsers, type PolicyFamily, stateOf, summaryColumns } from '../policies/families.ts';
import type { Discrepancy } from '../projection.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { addAll, contributionOfDevice, derivedUserStateId, resultCount, type Sums, summaryChange, userOf } from './accounting.ts';

/**
 * The full recount: what user states and summaries must be, computed from device states and reported rows alone. `accounting.ts`
 * keeps the same numbers step by step; `doctor.ts` and the property tests compare the two.
 */

/** What a policy's rows add up to. */
interface Expected {
  /** The derived user rows, by name without its case. */
  readonly users: Map<string, Row>;
  readonly summary: Row;
}

/** A user row that is being counted. */
interface CountedUser {
  readonly counts: Record<string, number>;
  reportedRows: number;
  time: string | null;
}

async function expectedOf(family: AnyFamily, reader: Reader, policyId: string): Promise<Expected> {
  const users = new Map<string, CountedUser>();
  const userNamed = (family: PolicyFamily, upn: string): CountedUser => {
    const name = foldCase(upn);
    const user = users.get(name) ?? {
      counts: Object.fromEntries(family.ranking.map(([count]) => [count, 0])),
      reportedRows: 0,
      time: null,
    };
    users.set(name, user);
    return user;
  };
  const rows = new Map<string, Row>();
  const summary: Sums = {};
  let lastRun: string | null = null;
  for await (const state of streamRows(reader, { from: family.deviceState, scope: { policyId } })) {
    const upn = userOf(family, state);
    const time = state.lastStateUpdateDateTime;
    lastRun = newest(lastRun, time);
    addAll(summary, resultCount(family, state));
    if (upn === null || !countsUsers(family)) {
      addAll(summary, contributionOfDevice(family, state));
      continue;
    }
    const user = userNamed(family, upn);
    const column = family.countColumn[stateOf(family, state)];
    user.counts[column] = (user.counts[column] ?? 0) + 1;
    user.time = newest(user.time, time);
  }
  if (countsUsers(family)) {
    for await (const reported of streamRows(reader, { from: family.userState, scope: { policyId, origin: 'reported' } })) {
      addAll(summary, summaryChange(family, [undefined, reported]));
      lastRun = newest(lastRun, textIn(reported, family.userTimeColumn));
      const upn = textIn(reported, family.userColumn) || null;
      if (upn !== null) userNamed(family, upn).reportedRows += 1;
    }
    for (const [name, { counts, reportedRows, time }] of users) {
      const shown = reportedRows === 0;
      rows.set(name, { reportedRows, ...counts, ...(family.userTimeColumn === undefined ? {} : { [family.userTimeColumn]: time }), shown });
      if (shown) addAll(summary, summaryChange(family, [undefined, counts]));
    }
  }
  return {
    users: rows,
    summary: {
      ...Object.fromEntries(summaryColumns(family).map((column) => [column, summary[column] ?? 0])),
      ...(family.summaryTimeColumn === undefined ? {} : { [family.summaryTimeColumn]: lastRun }),
    },
  };
}

/** Whether a stored value is what was counted; times are compared by instant, and no time at all by a user without devices is right. */
function agrees(stored: Row[string] | undefined, counted: Row[string] | undefined, column: string): boolean {
  if (stored === counted) return true;
  if (!column.endsWith('DateTime')) return false;
  if (typeof stored !== 'string' || typeof counted !== 'string') return column === 'lastStateUpdateDateTime' && counted === null;
  return parseDateTimeOffset(stored)?.ticks === parseDateTimeOffset(counted)?.ticks;
}

/** Where a counted row differs from the stored one. */
function* differences(entity: string, stored: Row & { readonly id: string }, counted: Row): Generator<Discrepancy> {
  for (const column of Object.keys(counted)) {
    if (agrees(stored[column], counted[column], column)) continue;
    yield { entity, id: stored.id, column, stored: stored[column], counted: counted[column] };
  }
}

const missing = (type: EntityType, id: string): Discrepancy => ({ entity: type.name, id, column: 'id', stored: undefined, counted: id });

/** Compares the counters of one policy with a full recount. A row too many or too few is one difference, in its `id`. */
export async function* recountPolicy(family: AnyFamily, reader: Reader, policyId: string): AsyncGenerator<Discrepancy> {
  const { users, summary } = await expectedOf(family, reader, policyId);
  if (countsUsers(family)) yield* recountUsers(family, reader, { policyId, users });
  else for (const projection of family.projections ?? []) if (projection.recount !== undefined) yield* projection.recount(reader, policyId);
  const summaries = await reader.select({ from: family.runSummary, scope: { policyId }, orderBy: [] });
  const derived = summaries.find((row) => row.origin === 'derived');
  const reported = summaries.find((row) => row.origin === 'reported');
  if (derived === undefined) yield missing(family.runSummary, policyId);
  else yield* differences(family.runSummary.name, derived, { ...summary, shown: reported === undefined });
  if (reported !== undefined) yield* differences(family.runSummary.name, reported, { shown: true });
}

/** Compares the user states of one policy with what was counted for each user. */
async function* recountUsers(
  family: PolicyFamily,
  reader: Reader,
  { policyId, users }: { readonly policyId: string; readonly users: Map<string, Row> },
): AsyncGenerator<Discrepancy> {
  const { name } = family.userState;
  for await (const stored of streamRows(reader, { from: family.userState, scope: { policyId, origin: 'derived' } })) {
    const upn = textIn(stored, family.userColumn)!;
    const counted = users.get(foldCase(upn));
    if (counted === undefined || stored.id !== derivedUserStateId(policyId, upn)) {
      yield { entity: name, id: stored.id, column: 'id', stored: stored.id, counted: undefined };
      continue;
    }
    yield* differences(name, stored, counted);
    users.delete(foldCase(upn));
  }
  for (const upn of users.keys()) yield missing(family.userState, derivedUserStateId(policyId, upn));
  for await (const hidden of streamRows(reader, { from: family.userState, scope: { policyId, origin: 'reported', shown: false } })) {
    yield* differences(name, hidden, { shown: true });
  }
}
