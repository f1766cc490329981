import type { EntityType } from '../../edm/declare.ts';
import type { Row } from '../../edm/primitive.ts';
import type { SelectPlan } from '../../query/plan.ts';

/**
 * Rows that the jobs of a group have looked up by equality, kept until something of their type changes or the group ends: the jobs of
 * a group mostly hang their rows below the same few parents, and each makes sure that its parent is there.
 */
export class LookUps {
  readonly #found = new Map<EntityType, Map<string, readonly Row[]>>();

  /** The rows of a plan: those known, or those that `select` finds. */
  find(plan: SelectPlan, tenant: number, select: () => Row[]): Row[] {
    if (!isLookUp(plan)) return select();
    let known = this.#found.get(plan.from);
    if (known === undefined) {
      known = new Map();
      this.#found.set(plan.from, known);
    }
    const place = placeOf(plan, tenant);
    let rows = known.get(place);
    if (rows === undefined) {
      rows = select();
      known.set(place, rows);
    }
    return [...rows];
  }

  /** Something of a type has changed. */
  changed(type: EntityType): void {
    this.#found.delete(type);
  }

  /** The group has ended, or something was taken back. */
  clear(): void {
    this.#found.clear();
  }
}

/** Whether a plan asks for some columns of one row and nothing else: what locating a parent does. */
const isLookUp = (plan: SelectPlan): boolean =>
  plan.limit === 1 &&
  plan.properties !== undefined &&
  plan.from.storage?.view !== true && // a view changes with the types that it shows
  plan.orderBy.length === 0 &&
  plan.where === undefined &&
  plan.linked === undefined &&
  plan.skip === undefined &&
  plan.after === undefined &&
  plan.orderValues !== true &&
  plan.document !== true;

function placeOf({ scope, properties }: SelectPlan, tenant: number): string {
  let place = `${tenant}|${properties!.join()}`;
  for (const name in scope) {
    const value = scope[name]!;
    place += `|${name}=${typeof value === 'string' ? `${value.length}:${value}` : JSON.stringify(value)}`;
  }
  return place;
}
