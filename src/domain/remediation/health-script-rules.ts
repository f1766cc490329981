import type { Infer } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import type { deviceHealthScript } from '../../model/device-health-script.ts';
import type { EntityRules } from '../entity-rules.ts';
import { healthFamily } from '../policies/device-families.ts';
import { versionedScriptRules } from '../policies/versioned-script-rules.ts';
import { followScript } from './rename-policy-states.ts';

const versioned = versionedScriptRules(healthFamily);

/** What changes any health script, global ones included. */
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
