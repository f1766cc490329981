import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import { BYTES_SOURCE, LIMIT_SOURCE, NOW_SOURCE, SKIP_SOURCE, type Slot, type SqlValue, TENANT_SOURCE } from './fragment.ts';
import type { PlanShape } from './plan-shape.ts';

/** What a statement is bound to besides the plan's values. */
export interface Binding {
  readonly tenant: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly limit?: number;
  readonly skip?: number;
  /** Bytes that are left of a plan's `maxBytes`. */
  readonly bytes?: number;
}

/** A literal object that stands at two places has one slot source; another plan of that shape may have two values there. */
export function isReusable(shape: PlanShape): boolean {
  const literals = shape.literals.filter((l) => l !== undefined);
  return new Set(literals).size === literals.length;
}

/** The values of a statement's slots. */
export function bindShape(slots: readonly Slot[], shape: PlanShape, binding: Binding): SqlValue[] {
  const bound = new Array<SqlValue>(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const { source, encode } = slots[i]!;
    bound[i] =
      source >= 0 ? encode(shape.values[source]!) : source === NOW_SOURCE ? encode(dateTimeOffsetOf(binding.now)) : special(source);
  }
  return bound;

  function special(source: number): SqlValue {
    switch (source) {
      case TENANT_SOURCE:
        return binding.tenant;
      case LIMIT_SOURCE:
        return binding.limit === undefined || binding.limit === Number.POSITIVE_INFINITY ? -1 : binding.limit;
      case SKIP_SOURCE:
        return binding.skip ?? 0;
      case BYTES_SOURCE:
        return binding.bytes ?? null;
      default:
        return null;
    }
  }
}
