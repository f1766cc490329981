import type { OperationDeclaration } from '../edm/declare.ts';
import type { Row, Value } from '../edm/primitive.ts';
import { isUuid } from '../lib/ids.ts';
import { assign } from './assignment-rules.ts';
import type { Change } from './change.ts';
import { type PolicyFamily, policyFamilies } from './policy-family.ts';

/** Parameters of an action by name; entity-typed ones hold the values that were sent. */
export type ActionParameters = Readonly<Record<string, Value | readonly Row[] | undefined>>;

/** What an action does. `bound` is the row it is called on, absent for actions on a collection. */
type Action = (change: Change, parameters: ActionParameters, bound: Row | undefined) => Promise<readonly Row[]>;

const familyOf = (operation: OperationDeclaration): PolicyFamily => policyFamilies.find((f) => f.policy === operation.binding)!;

const assignAction =
  (family: PolicyFamily): Action =>
  (change, parameters, bound) =>
    assign(family, change, {
      policyId: bound!.id as string,
      requested: Object.values(parameters).flatMap((list) => (list ?? []) as readonly Row[]),
    });

/** Says of each payload whether it is assigned to anybody. */
const hasPayloadLinks =
  (family: PolicyFamily): Action =>
  async (change, parameters) => {
    const rows: Row[] = [];
    for (const payloadId of (parameters.payloadIds ?? []) as readonly string[]) {
      const policyId = payloadId.toLowerCase();
      const links = isUuid(policyId) ? await change.writer.count({ from: family.assignment, scope: { policyId } }) : 0;
      rows.push({ payloadId, hasLink: links > 0, error: null, sources: links > 0 ? ['direct'] : [] });
    }
    return rows;
  };

const actions: Readonly<Record<string, (family: PolicyFamily) => Action>> = {
  assign: assignAction,
  assignHardwareConfiguration: assignAction,
  hasPayloadLinks,
};

/** Runs a declared action. @returns what it answers with, if it answers with anything */
export const runAction = (
  operation: OperationDeclaration,
  change: Change,
  input: { readonly parameters: ActionParameters; readonly bound: Row | undefined },
): Promise<readonly Row[]> => actions[operation.name]!(familyOf(operation))(change, input.parameters, input.bound);
