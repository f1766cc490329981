import type { SelectPlan } from '../query/plan.ts';

/** Whether a plan asks for some columns of one row and nothing else: what locating a parent does. */
export const isLookUp = (plan: SelectPlan): boolean =>
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

/** What tells look-ups of one type apart. */
export function placeOf({ scope, properties }: SelectPlan, tenant: number): string {
  let place = `${tenant}|${properties!.join()}`;
  for (const name in scope) {
    const value = scope[name]!;
    place += `|${name}=${typeof value === 'string' ? `${value.length}:${value}` : JSON.stringify(value)}`;
  }
  return place;
}
