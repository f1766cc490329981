import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { changedRow, type EntityRules, saveChanges } from '../entity-rules.ts';
import { resetTargeted } from '../run-states/reset-states.ts';
import type { DeviceFamily } from './policy-family.ts';
import { policyRules } from './policy-rules.ts';

/** Scripts with a version: what runs on devices has changed, so that they have the new version still before them. */

/** A change of one of these makes a new version. */
const VERSIONED = ['detectionScriptContent', 'remediationScriptContent', 'detectionScriptParameters', 'remediationScriptParameters'];

/** The version after this one: a whole number rises by one, any other label is its author's. */
function nextVersion({ version = null }: Row): Row[string] {
  return typeof version === 'string' && /^\d{1,15}$/.test(version) ? String(Number(version) + 1) : version;
}

/** Rules of a family whose policies have a `version`. */
export function versionedScriptRules(family: DeviceFamily): EntityRules {
  const type = family.policy;
  const versioned = VERSIONED.filter((name) => shapeOf(type).property.has(name));
  return {
    ...policyRules(family),
    async update(change, before, values) {
      const changed = changedRow(type, change, [before, values]);
      const isNew = versioned.some((name) => JSON.stringify(changed[name]) !== JSON.stringify(before[name]));
      const after = isNew && values.version === undefined ? { ...changed, version: nextVersion(before) } : changed;
      await saveChanges(type, change, [before, after]);
      // What devices reported last stays to be read.
      if (isNew) await resetTargeted(family, change, [after.id as string, { detectionState: 'pending' }]);
      return after;
    },
  };
}
