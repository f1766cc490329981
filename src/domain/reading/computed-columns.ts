import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { deviceHealthScriptRunSummary } from '../../model/device-health-script.ts';
import type { SelectPlan } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';
import { textIn } from '../named-columns.ts';
import { remediatedDevices } from '../remediation/remediation-days.ts';

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
export function selectComputed(reader: Reader, now: () => string, plan: SelectPlan): Promise<Row[]> {
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
