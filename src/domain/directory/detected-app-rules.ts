import type { Row } from '../../edm/primitive.ts';
import { detectedApp, detectedAppDevice } from '../../model/managed-device.ts';
import { type Change, findOne } from '../change.ts';
import { type EntityRules, plainRules } from '../entity-rules.ts';
import { removeRows } from '../jobs/removal.ts';

/** Apps found on devices: each counts the devices that it was found on. */

async function count(change: Change, { appId }: Row, by: 1 | -1): Promise<void> {
  const id = appId!;
  const app = await findOne(change.writer, detectedApp, { id });
  if (app !== undefined) await change.writer.update(detectedApp, { id }, { deviceCount: Number(app.deviceCount) + by });
}

/** Links between apps and devices. */
export const detectedAppDeviceRules: EntityRules = {
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
export const detectedAppRules: EntityRules = {
  ...plainRules(detectedApp),
  async remove(change, row) {
    await removeRows(change, row.id as string, ['appId', [detectedAppDevice]]);
    await plainRules(detectedApp).remove(change, row);
  },
};
