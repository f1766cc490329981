import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { managedDevice } from '../model/managed-device.ts';
import { removeAssignments } from './assignment-rules.ts';
import type { Change } from './change.ts';
import { changedRow, type EntityRules, plainRules, saveChanges } from './entity-rules.ts';
import { hardwareFamily, type PolicyFamily } from './policy-family.ts';
import { deviceStateRules, runSummaryRules } from './run-state-rules.ts';
import { streamRows } from './stream-rows.ts';
import { type TargetedDevice, targetingOf } from './targeting.ts';

/** Policies: created with an empty summary, deleted with everything below them. */
export function policyRules(family: PolicyFamily): EntityRules {
  const plain = plainRules(family.policy);
  const children = [family.deviceState, family.userState, family.runSummary];
  return {
    async create(change, values) {
      const row = await plain.create(change, values);
      await runSummaryRules(family).create(change, { policyId: row.id! });
      return row;
    },
    update: plain.update,
    async remove(change, row) {
      await removeAssignments(family, change, row.id as string);
      for (const type of children) await change.writer.delete({ from: type, scope: { policyId: row.id! } });
      await plain.remove(change, row);
    },
  };
}

/** A change of one of these makes a new version of a hardware configuration. */
const VERSIONED = ['fileName', 'configurationFileContent', 'perDevicePasswordDisabled'];

/** Hardware configurations: the format may follow from the file name, and content has versions. */
export function hardwareConfigurationRules(): EntityRules {
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
      const after = { ...changed, version: (before.version as number) + 1 };
      await saveChanges(type, change, [before, after]);
      await resetTargeted(change, after);
      return after;
    },
  };
}

/** Clients may leave the format out for a Dell file; the portal does. */
function formatOf(values: Row): string {
  const format = values.hardwareConfigurationFormat;
  if (typeof format === 'string') return format;
  if ((values.fileName as string).toLowerCase().endsWith('.cctk')) return 'dell';
  throw new AppError(
    'missingProperty',
    "The property 'hardwareConfigurationFormat' is required unless 'fileName' ends in '.cctk'. Give one of: dell, surface, surfaceDock.",
    { target: 'hardwareConfigurationFormat' },
  );
}

/** Every targeted device has the new version still before it. */
async function resetTargeted(change: Change, policy: Row): Promise<void> {
  const family = hardwareFamily;
  const policyId = policy.id as string;
  const targeting = await targetingOf(family, change.writer, policyId);
  const rules = deviceStateRules(family);
  for await (const row of streamRows(change.writer, { from: family.deviceState, scope: { policyId } })) {
    const deviceName = row.deviceName as string | null;
    const upn = (row.upn as string | null) || null;
    const named = targeting.isFiltered ? await managedDeviceOf(change, { deviceName, upn }) : undefined;
    if (!targeting.reaches({ deviceName, upn, managedDevice: named })) continue;
    await rules.update(change, row, {
      configurationState: 'pending',
      internalVersion: policy.version!,
      lastStateUpdateDateTime: change.now,
      configurationOutput: null,
      configurationError: null,
    });
  }
}

/** The managed device that a device state is about: it says its name, which devices of several users can have. */
async function managedDeviceOf(change: Change, { deviceName, upn }: TargetedDevice): Promise<Row | undefined> {
  if (deviceName === null) return undefined;
  const named = await change.writer.select({ from: managedDevice, scope: { deviceName }, orderBy: [] });
  return named.find(({ userPrincipalName }) => userPrincipalName === upn) ?? named[0];
}
