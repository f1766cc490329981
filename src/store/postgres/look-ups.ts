import type { Row } from '../../edm/primitive.ts';
import type { SelectPlan } from '../../query/plan.ts';
import { isLookUp, placeOf } from '../look-up-place.ts';

/** Rows that the jobs of a group look up by equality, of types that nobody changes meanwhile: each is asked for once. */
export class LookUps {
  readonly #found = new Map<string, Promise<Row[]>>();

  /** The rows of a plan: those known or being asked for, or those that `select` finds. */
  async find(plan: SelectPlan, tenant: number | undefined, select: () => Promise<Row[]>): Promise<Row[]> {
    if (tenant === undefined || !isLookUp(plan)) return select();
    const place = `${plan.from.name}|${placeOf(plan, tenant)}`;
    let found = this.#found.get(place);
    if (found === undefined) {
      found = select();
      this.#found.set(place, found);
    }
    return [...(await found)];
  }
}
