import type { Column, Infer } from '../../edm/infer.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { deviceComplianceScript } from '../../model/device-compliance-script.ts';
import type { deviceHealthScript } from '../../model/device-health-script.ts';
import type { hardwareConfiguration, hardwareConfigurationDeviceState } from '../../model/hardware-configuration.ts';
import { hardwarePasswordDetail, type hardwarePasswordInfo } from '../../model/hardware-password.ts';
import { managedDevice } from '../../model/managed-device.ts';
import { changedRow, type EntityRules, plainRules, saveChanges, sealerOf } from '../entity-rules.ts';
import { forgetWork, removeRows } from '../jobs/pending-work.ts';
import { resetTargeted } from '../run-states/reset-states.ts';
import { runSummaryRules } from '../run-states/run-state-rules.ts';
import { openSecrets } from '../secrets/secrets.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { removeAssignments } from './assignment-rules.ts';
import { type AnyFamily, type DeviceFamily, type FamilyTypes, hardwareFamily, typesBelow } from './families.ts';

/** Policies: created with an empty summary, deleted with everything below them. */
export function policyRules<P extends FamilyTypes['policy']>(family: AnyFamily & { readonly policy: P }): EntityRules<P>;
export function policyRules(family: AnyFamily): EntityRules<FamilyTypes['policy']> {
  const plain = plainRules(family.policy);
  return {
    async create(change, values) {
      const row = await plain.create(change, values);
      await runSummaryRules(family).create(change, { policyId: row.id });
      return row;
    },
    update: plain.update,
    async remove(change, row) {
      const policyId = row.id;
      await removeAssignments(family, change, policyId);
      await forgetWork(change, policyId);
      await removeRows(change, policyId, ['policyId', typesBelow(family)]);
      await plain.remove(change, row);
    },
  };
}

type Configuration = Infer<typeof hardwareConfiguration>;

/** A change of one of these makes a new version of a hardware configuration. */
const VERSIONED = ['fileName', 'configurationFileContent', 'perDevicePasswordDisabled'] as const;

/** Hardware configurations: the format may follow from the file name, and content has versions. */
export function hardwareConfigurationRules(): EntityRules<typeof hardwareConfiguration> {
  const rules = policyRules(hardwareFamily);
  const type = hardwareFamily.policy;
  return {
    ...rules,
    create: (change, values) => rules.create(change, { ...values, hardwareConfigurationFormat: formatOf(values) }),
    async update(change, before, values) {
      const changed = changedRow(type, change, [before, values]);
      if (VERSIONED.every((name) => changed[name] === before[name])) {
        await saveChanges(type, change, [before, changed]);
        return changed;
      }
      const after = { ...changed, version: before.version + 1 };
      await saveChanges(type, change, [before, after]);
      const pending: Partial<Infer<typeof hardwareConfigurationDeviceState>> = {
        configurationState: 'pending',
        internalVersion: after.version,
        lastStateUpdateDateTime: change.now,
        configurationOutput: null,
        configurationError: null,
      };
      await resetTargeted(hardwareFamily, change, [before.id, pending]);
      return after;
    },
  };
}

/** Clients may leave the format out for a Dell file; the portal does. */
function formatOf(values: Partial<Configuration>): Configuration['hardwareConfigurationFormat'] {
  if (values.hardwareConfigurationFormat !== undefined) return values.hardwareConfigurationFormat;
  if (values.fileName!.toLowerCase().endsWith('.cctk')) return 'dell';
  throw new AppError(
    'missingProperty',
    "The property 'hardwareConfigurationFormat' is required unless 'fileName' ends in '.cctk'. Give one of: dell, surface, surfaceDock.",
    { target: 'hardwareConfigurationFormat' },
  );
}

/** A change of one of these makes a new version of a script. */
const SCRIPT_VERSIONED: readonly Column<VersionedScript>[] = [
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
  const versioned = SCRIPT_VERSIONED.filter((name) => shapeOf(type).property.has(name));
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

type PasswordType = typeof hardwarePasswordInfo | typeof hardwarePasswordDetail;

/**
 * BIOS passwords. One that is replaced becomes the newest of the previous ones, unless the client says what these are: a device
 * that did not take the new one is still locked with it. Rows outlive their device for the same reason.
 */
export function hardwarePasswordRules<T extends PasswordType>(type: T): EntityRules<T>;
export function hardwarePasswordRules(type: PasswordType): EntityRules<PasswordType> {
  const plain = plainRules(type);
  return {
    ...plain,
    async update(change, before, { id: _, ...values }) {
      const { currentPassword } = values;
      if (currentPassword === undefined || values.previousPasswords !== undefined) return plain.update(change, before, values);
      const known = openSecrets(type, sealerOf(change), before);
      if (known.currentPassword === null || known.currentPassword === currentPassword) return plain.update(change, before, values);
      const previousPasswords = [known.currentPassword, ...(known.previousPasswords ?? [])];
      return plain.update(change, before, { ...values, previousPasswords });
    },
  };
}

/** A detail has the id of its device: as given, else that of the one device with its serial number. */
export const hardwarePasswordDetailRules: EntityRules<typeof hardwarePasswordDetail> = {
  ...hardwarePasswordRules(hardwarePasswordDetail),
  async create(change, values) {
    const id = values.id?.toLowerCase() ?? (await deviceIdOf(change, values));
    return plainRules(hardwarePasswordDetail).create(change, id === undefined ? values : { ...values, id });
  },
};

/** The id of the one device with this serial number. */
async function deviceIdOf(
  { writer }: UnitOfWork,
  { serialNumber }: Partial<Infer<typeof hardwarePasswordDetail>>,
): Promise<string | undefined> {
  if (!serialNumber) return undefined;
  const devices = await writer.select({ from: managedDevice, scope: { serialNumber }, orderBy: [], limit: 2, properties: ['id'] });
  return devices.length === 1 ? devices[0]!.id : undefined;
}
