import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { EntityType } from '../../edm/declare.ts';
import { type Navigation, shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { sparseNames, storedColumns, withSparseValues } from '../../edm/sparse-values.ts';
import type { Clock } from '../../lib/clock.ts';
import { deviceHealthScript, deviceHealthScriptRunSummary } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState } from '../../model/device-health-script-policy-state.ts';
import { column } from '../../query/column.ts';
import type { Expression } from '../../query/expression.ts';
import { limitRows, reachesType } from '../../query/limit-rows.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';
import {
  type Accumulation,
  type Appender,
  type Key,
  type Reader,
  type RowAppender,
  type RowReader,
  type RowWriter,
  type Store,
  typedAppender,
  typedReader,
  typedWriter,
  type Writer,
} from '../../store/contract.ts';
import { textIn } from '../named-columns.ts';
import { remediatedDevices } from '../remediation/remediation-days.ts';
import { countFromStates } from '../run-states/state-counts.ts';

/**
 * The store as requests see it: rows of removed policies are not there (`soft-delete-filter.ts`), columns that depend on the time are
 * computed (`computed-columns.ts`), sparse values are in their rows (`edm/sparse-values.ts`), and a count of device states reads counters
 * (`state-counts.ts`).
 */

// Classes: every request makes one, and objects full of closures cost more.

class DomainReader implements RowReader {
  readonly #reader: Reader;
  readonly #now: () => string;

  constructor(reader: Reader, now: () => string) {
    this.#reader = reader;
    this.#now = now;
  }

  select(plan: SelectPlan): Promise<Row[]> {
    const live = withoutRemoved(plan);
    return shapeOf(live.from).sparse.length === 0
      ? selectComputed(this.#reader, this.#now, live)
      : selectWhole(live, (stored) => this.#reader.select(stored));
  }

  count(rows: RowSet): Promise<number> {
    return countFromStates(this.#reader, withoutRemoved(rows));
  }
}

/** Rows with their sparse values. */
async function selectWhole(plan: SelectPlan, select: (stored: SelectPlan) => Promise<Row[]>): Promise<Row[]> {
  const { from, properties } = plan;
  const rows = await select(properties === undefined ? plan : { ...plan, properties: storedColumns(from, properties) });
  if (properties !== undefined && !properties.some((name) => sparseNames(from).has(name))) return rows;
  return rows.map((row) => withSparseValues(from, row, properties));
}

class DomainAppender extends DomainReader implements RowAppender {
  readonly #appender: Appender;

  constructor(appender: Appender, now: () => string) {
    super(appender, now);
    this.#appender = appender;
  }

  insert(type: EntityType, ...rows: readonly Row[]): Promise<void> {
    return this.#appender.insert(type, ...rows);
  }

  accumulate(type: EntityType, ...changes: readonly Accumulation[]): Promise<Row[]> {
    return this.#appender.accumulate(type, ...changes);
  }
}

class DomainWriter extends DomainAppender implements RowWriter {
  readonly #writer: Writer;

  constructor(writer: Writer, now: () => string) {
    super(writer, now);
    this.#writer = writer;
  }

  update(type: EntityType, key: Key, changes: Row): Promise<boolean> {
    return this.#writer.update(type, key, changes);
  }

  delete(rows: RowSet, limit?: number): Promise<number> {
    return this.#writer.delete(rows, limit);
  }
}

/** Makes the view. */
export function domainStore(store: Store, clock: Clock): Store {
  const now = (): string => dateTimeOffsetOf(clock.now());
  return {
    read: (tenantId, work, options) => store.read(tenantId, (reader) => work(typedReader(new DomainReader(reader, now))), options),
    write: (tenantId, work) => store.write(tenantId, (writer) => work(typedWriter(new DomainWriter(writer, now)))),
    append: (tenantId, { work, ...item }) =>
      store.append(tenantId, { ...item, work: (appender, items) => work(typedAppender(new DomainAppender(appender, now)), items) }),
    close: () => store.close(),
  };
}

/** Columns that depend on the time (the facet `computed`), so that a read computes them. */

interface Maker {
  /** The columns that it reads. */
  readonly needs: readonly string[];
  make(reader: Reader, now: string, row: Row): Promise<Row>;
}

const makers: ReadonlyMap<EntityType, Maker> = new Map([
  [
    deviceHealthScriptRunSummary,
    {
      needs: ['policyId', 'origin'],
      // A reported summary is answered as it was written.
      make: async (reader, now, row) =>
        row.origin === 'reported'
          ? row
          : { ...row, issueRemediatedCumulativeDeviceCount: await remediatedDevices(reader, now, textIn(row, 'policyId')!) },
    } satisfies Maker,
  ],
]);

/** The rows of a plan, with their computed columns. */
function selectComputed(reader: Reader, now: () => string, plan: SelectPlan): Promise<Row[]> {
  const maker = makers.get(plan.from);
  return maker === undefined ? reader.select(plan) : make(maker, { reader, now, plan });
}

async function make(
  maker: Maker,
  { reader, now, plan }: { readonly reader: Reader; readonly now: () => string; readonly plan: SelectPlan },
): Promise<Row[]> {
  const asked = plan.properties;
  if (asked?.some((name) => shapeOf(plan.from).property.get(name)?.computed) === false) return reader.select(plan);
  const rows = await reader.select(asked === undefined ? plan : { ...plan, properties: [...new Set([...asked, ...maker.needs])] });
  const made: Row[] = [];
  for (const row of rows) made.push(await maker.make(reader, now(), row));
  return made;
}

/**
 * The removal of a policy leaves rows below it for later (`jobs/removal.ts`). Reads below a policy name it among their `parents`, and so find
 * nothing. Only the policy states of health scripts are also reached past the policy, from managed devices: here they are left out of
 * such reads when their script is gone.
 */

const script = {
  kind: 'navigation',
  name: 'script',
  target: deviceHealthScript,
  collection: false,
  contained: false,
  nullable: true,
  join: { id: 'policyId' },
  fixed: {},
  capabilities: [],
  access: {},
} as const satisfies Navigation;

/** Condition that the script of a policy state exists. */
function hasScript(type: EntityType, variable?: string): Expression | undefined {
  if (type !== deviceHealthScriptPolicyState) return undefined;
  const id = { ...column(deviceHealthScript, 'id'), navigation: [script], ...(variable === undefined ? {} : { variable }) };
  return { kind: 'binary', type: 'Edm.Boolean', operator: 'ne', left: id, right: { kind: 'literal', type: 'null', value: null } };
}

/** The plan without rows whose policy is gone. */
const withoutRemoved = <P extends RowSet & Partial<SelectPlan>>(plan: P): P =>
  plan.from === deviceHealthScriptPolicyState || reachesType(plan, deviceHealthScriptPolicyState) ? limitRows(plan, hasScript) : plan;
