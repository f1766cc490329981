import type { Row } from '../../../edm/primitive.ts';
import type { SelectPlan } from '../../../query/plan.ts';
import { planShape } from '../../sql/plan-shape.ts';

/** What the jobs of a group read, of types that nobody changes meanwhile: the same is asked for once. */
export class LookUps {
  readonly #found = new Map<string, Promise<Row[]>>();

  /** The rows of a plan: those known or being asked for, or those that `select` finds. */
  async find(plan: SelectPlan, tenant: number | undefined, select: () => Promise<Row[]>): Promise<Row[]> {
    if (tenant === undefined) return select();
    const { key, values } = planShape('look-up', plan);
    const place = `${tenant}|${key}|${plan.limit}|${JSON.stringify(values)}`;
    let found = this.#found.get(place);
    if (found === undefined) {
      found = select();
      this.#found.set(place, found);
    }
    return [...(await found)];
  }
}
