import type { Column } from '../../edm/infer.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import type { deviceComplianceScript } from '../../model/device-compliance-script.ts';
import type { deviceHealthScript } from '../../model/device-health-script.ts';
import { changedRow, type EntityRules, saveChanges } from '../entity-rules.ts';
import { resetTargeted } from '../run-states/reset-states.ts';
import type { DeviceFamily } from './policy-family.ts';
import { policyRules } from './policy-rules.ts';

/** Scripts with a version: what runs on devices has changed, so that they have the new version still before them. */

/** A change of one of these makes a new version. */
const VERSIONED: readonly Column<VersionedScript>[] = [
  'detectionScriptContent',
  'remediationScriptContent',
  'detectionScriptParameters',
  'remediationScriptParameters',
];

type VersionedScript = typeof deviceHealthScript | typeof deviceComplianceScript;

const isChanged = (names: readonly string[], before: Row, after: Row): boolean =>
  names.some((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));

/** The version after this one: a whole number rises by one, any other label is its author's. */
function nextVersion(version: string | null): string | null {
  return version !== null && /^\d{1,15}$/.test(version) ? String(Number(version) + 1) : version;
}

/** Rules of a family whose policies have a `version`. */
export function versionedScriptRules<P extends VersionedScript>(family: DeviceFamily & { readonly policy: P }): EntityRules<P>;
export function versionedScriptRules(family: DeviceFamily & { readonly policy: VersionedScript }): EntityRules<VersionedScript> {
  const type = family.policy;
  const versioned = VERSIONED.filter((name) => shapeOf(type).property.has(name));
  return {
    ...policyRules(family),
    async update(change, before, values) {
      const changed = changedRow(type, change, [before, values]);
      const isNew = isChanged(versioned, before, changed);
      const after = isNew && values.version === undefined ? { ...changed, version: nextVersion(before.version) } : changed;
      await saveChanges(type, change, [before, after]);
      // What devices reported last stays to be read.
      if (isNew) await resetTargeted(family, change, [after.id, { detectionState: 'pending' }]);
      return after;
    },
  };
}
