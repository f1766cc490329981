import type { Infer } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import type { deviceHealthScript } from '../../model/device-health-script.ts';
import { deviceHealthScriptPolicyState } from '../../model/device-health-script-policy-state.ts';
import { keyOrder } from '../../query/column.ts';
import type { EntityRules } from '../entity-rules.ts';
import { startWork, type WorkPiece, workLeft } from '../jobs/pending-work.ts';
import { healthFamily } from '../policies/families.ts';
import { versionedScriptRules } from '../policies/policy-rules.ts';
import { keyOf, type UnitOfWork } from '../unit-of-work.ts';

/** Policy states carry the name of their script, unless a client gave another one. They follow when the script is renamed. */

const type = deviceHealthScriptPolicyState;

/** States that are renamed in the transaction of the script, which must stay short. */
const AT_ONCE = 100;

interface Renaming {
  /** Names that the script had. */
  readonly from: readonly unknown[];
  readonly to: string | null;
  /** The device of the last state whose turn has been. */
  readonly after?: string;
}

/** Renames the next states. */
export const renamePiece: WorkPiece<Renaming> = async ({ writer }, policyId, { progress, size }) => {
  const { from, to } = progress;
  const after = progress.after === undefined ? {} : { after: [progress.after] };
  const orderBy = keyOrder(type, { policyId });
  const states = await writer.select({
    from: type,
    scope: { policyId },
    orderBy,
    limit: size,
    properties: ['deviceId', 'policyId', 'policyName'],
    ...after,
  });
  for (const state of states) if (from.includes(state.policyName)) await writer.update(type, keyOf(type, state), { policyName: to });
  if (states.length < size) return { rows: states.length };
  return { rows: states.length, left: { from, to, after: states.at(-1)!.deviceId } };
};

/** To be called when a health script has changed. */
async function followScript(
  change: UnitOfWork,
  [before, after]: readonly [before: Infer<typeof deviceHealthScript>, after: Infer<typeof deviceHealthScript>],
): Promise<void> {
  if (before.displayName === after.displayName) return;
  const policyId = after.id;
  // States that have not followed an earlier change yet have the name of before it.
  const unfinished = await workLeft<Renaming>(change, 'rename', policyId);
  const progress = { from: [...(unfinished?.from ?? []), before.displayName], to: after.displayName };
  await startWork(change, ['rename', policyId], { piece: renamePiece, progress, size: AT_ONCE });
}

const versioned = versionedScriptRules(healthFamily);

/** Changes any health script, global ones included. */
export const updateHealthScript: EntityRules<typeof deviceHealthScript>['update'] = async (change, before, values) => {
  const after = await versioned.update(change, before, values);
  await followScript(change, [before, after]);
  return after;
};

/** @throws readOnlyEntity */
function refuseGlobal({ isGlobalScript }: Infer<typeof deviceHealthScript>): void {
  if (!isGlobalScript) return;
  throw new AppError(
    'readOnlyEntity',
    "A global script is read-only. Assign it as it is, call 'updateGlobalScript' for another version, or create a script of your own.",
  );
}

/** Health scripts: global ones belong to the service. */
export const healthScriptRules: EntityRules<typeof deviceHealthScript> = {
  create: versioned.create,
  async update(change, before, values) {
    refuseGlobal(before);
    return updateHealthScript(change, before, values);
  },
  async remove(change, row) {
    refuseGlobal(row);
    await versioned.remove(change, row);
  },
};
