import type { Infer } from '../../edm/infer.ts';
import { detectedApp, detectedAppDevice } from '../../model/managed-device.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { removeRows } from '../jobs/removal.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';

/** Apps found on devices: each counts the devices that it was found on. */

async function count({ writer }: UnitOfWork, { appId: id }: Infer<typeof detectedAppDevice>, by: 1 | -1): Promise<void> {
  const app = await findOne(writer, detectedApp, { id });
  if (app !== undefined) await writer.update(detectedApp, { id }, { deviceCount: app.deviceCount + by });
}

/** Links between apps and devices. */
export const detectedAppDeviceRules: EntityRules<typeof detectedAppDevice> = {
  ...plainRules(detectedAppDevice),
  async create(change, values) {
    const row = await plainRules(detectedAppDevice).create(change, values);
    await count(change, row, 1);
    return row;
  },
  async remove(change, row) {
    await plainRules(detectedAppDevice).remove(change, row);
    await count(change, row, -1);
  },
};

/** Apps take their links with them. */
export const detectedAppRules: EntityRules<typeof detectedApp> = {
  ...plainRules(detectedApp),
  async remove(change, row) {
    await removeRows(change, row.id, ['appId', [detectedAppDevice]]);
    await plainRules(detectedApp).remove(change, row);
  },
};
