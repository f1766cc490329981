import type { EntityType } from '../../edm/declare.ts';
import type { Navigation } from '../../edm/link.ts';
import { deviceHealthScript } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState } from '../../model/device-health-script-policy-state.ts';
import { column } from '../../query/column.ts';
import type { Expression } from '../../query/expression.ts';
import { limitRows, reachesType } from '../../query/limit-rows.ts';
import type { RowSet, SelectPlan } from '../../query/plan.ts';

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
export const withoutRemoved = <P extends RowSet & Partial<SelectPlan>>(plan: P): P =>
  plan.from === deviceHealthScriptPolicyState || reachesType(plan, deviceHealthScriptPolicyState) ? limitRows(plan, hasScript) : plan;
