import type { Infer } from '../../edm/infer.ts';
import { hardwarePasswordDetail, type hardwarePasswordInfo } from '../../model/hardware-password.ts';
import { managedDevice } from '../../model/managed-device.ts';
import { type EntityRules, plainRules, sealerOf } from '../entity-rules.ts';
import { openSecrets } from '../secrets/secrets.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

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
