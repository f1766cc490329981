import type { EntityType } from '../../edm/declare.ts';
import { WeightedCache } from '../../lib/weighted-cache.ts';
import { column } from '../../query/column.ts';
import type { Expression } from '../../query/expression.ts';
import { limitRows, type Visible } from '../../query/limit-rows.ts';
import { type RowSet, reachesOut, type SelectPlan } from '../../query/plan.ts';
import { type Reader, typedReader } from '../../store/contract.ts';
import { ownersRemoved } from '../jobs/pending-work.ts';
import { allFamilies, typesBelow } from '../policies/families.ts';

/** Hides the rows below deleted policies while they are removed piece by piece (`jobs/removal.ts`). */

const below: ReadonlySet<EntityType> = new Set(allFamilies.flatMap(typesBelow));

/**
 * A plan that does not find rows below these policies. A plan for another policy is left alone: the extra condition would make the store
 * misjudge how few rows it has.
 */
function hide<P extends RowSet & Partial<SelectPlan>>(plan: P, policyIds: readonly string[]): P {
  const visible = hiding(policyIds);
  const { policyId } = plan.scope;
  if (typeof policyId !== 'string' || policyIds.includes(policyId.toLowerCase())) return limitRows(plan, visible);
  return limitRows(plan, (type, variable) => (variable === undefined ? undefined : visible(type, variable)));
}

/** Nothing below these policies is visible. */
function hiding(policyIds: readonly string[]): Visible {
  const items = policyIds.map((value) => ({ kind: 'literal', type: 'Edm.String', value }) as const);
  return (type, variable) => {
    if (!below.has(type)) return undefined;
    const policyId = { ...column(type, 'policyId'), ...(variable === undefined ? {} : { variable }) };
    const isBelow: Expression = { kind: 'in', type: 'Edm.Boolean', operand: policyId, items };
    return { kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: isBelow };
  };
}

/** A reader that does not find rows that are being removed. */
export function liveReader(reader: Reader, tenantId: string): Reader {
  const limited = async <P extends RowSet & Partial<SelectPlan>>(plan: P): Promise<P> => {
    if (!reachesOut(plan) && !below.has(plan.from)) return plan;
    const removed = await ownersRemoved(reader, tenantId);
    return removed.length === 0 ? plan : hide(plan, removed);
  };
  return typedReader({
    select: async (plan) => reader.select(await limited(plan)),
    count: async (rows) => reader.count(await limited(rows)),
  });
}

/**
 * The same for a store that other processes write to. Every question needs a fresh look for removals: both run at once, and the question
 * runs again in the rare case that something must be hidden.
 * @param isSnapshot whether one look holds for as long as the reader is used
 */
function optimisticReader(reader: Reader, tenantId: string, isSnapshot: boolean): Reader {
  let known: Promise<readonly string[]> | undefined;
  const look = (): Promise<readonly string[]> => {
    if (known !== undefined && isSnapshot) return known;
    known = ownersRemoved(reader, tenantId);
    return known;
  };
  async function ask<P extends RowSet & Partial<SelectPlan>, T>(plan: P, question: (asked: P) => Promise<T>): Promise<T> {
    if (!reachesOut(plan) && !below.has(plan.from)) return question(plan);
    const [removed, answer] = await Promise.all([look(), question(plan)]);
    return removed.length === 0 ? answer : question(hide(plan, removed));
  }
  return typedReader({
    select: (plan) => ask(plan, (asked) => reader.select(asked)),
    count: (rows) => ask(rows, (asked) => reader.count(asked)),
  });
}

/** Bytes for the remembered tenants, about 10,000 of them. */
const TENANTS_WEIGHT = 2 * 1024 ** 2;

/**
 * Tenants without removals under way, whose reads need no look. A tenant is remembered until a write of this process stores work: for a store
 * that no other process writes to.
 */
class QuietTenants {
  readonly #quiet = new WeightedCache<1>(TENANTS_WEIGHT);
  /** Writes under way that leave work. */
  #writing = 0;
  /** Counts the beginnings and ends of those. */
  #disturbances = 0;

  has(tenantId: string): boolean {
    return this.#quiet.get(tenantId) !== undefined;
  }

  /** To be called in a snapshot, before it is looked at. @returns to be called when nothing was found in it that is being removed */
  observe(tenantId: string): () => void {
    const before = this.#disturbances;
    return () => {
      if (this.#writing > 0 || before !== this.#disturbances) return;
      this.#quiet.set(tenantId, 1, 0);
    };
  }

  /** A write leaves work. @returns to be called when it has ended, however that is */
  disturb(tenantId: string): () => void {
    this.#quiet.delete(tenantId);
    this.#writing++;
    this.#disturbances++;
    return () => {
      this.#writing--;
      this.#disturbances++;
    };
  }
}

/** Hides rows that are being removed from the readers of one store. */
export class SoftDeleteFilter {
  readonly #tenants = new QuietTenants();
  readonly #exclusive: boolean;

  /** @param exclusive whether nobody else writes to the store */
  constructor(exclusive: boolean) {
    this.#exclusive = exclusive;
  }

  /**
   * The reader that does not find what is being removed; the same one where there is nothing. To be called when work with it begins: the work
   * may have waited for a write that leaves some.
   * @param isSnapshot whether what is found stays true for as long as the reader is used
   */
  readerFor(tenantId: string, reader: Reader, isSnapshot: boolean): Reader | Promise<Reader> {
    if (!this.#exclusive) return optimisticReader(reader, tenantId, isSnapshot);
    return this.#tenants.has(tenantId) ? reader : this.#look(tenantId, reader);
  }

  async #look(tenantId: string, reader: Reader): Promise<Reader> {
    const noteQuiet = this.#tenants.observe(tenantId);
    if ((await ownersRemoved(reader, tenantId)).length > 0) return liveReader(reader, tenantId);
    noteQuiet();
    return reader;
  }

  /** A write leaves work. @returns to be called when it has ended, however that is */
  disturb(tenantId: string): () => void {
    return this.#tenants.disturb(tenantId);
  }
}
