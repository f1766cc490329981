import { entityType, string } from '../edm/declare.ts';
import { entity } from './entity.ts';

/** BIOS passwords of devices. What is secret is encrypted before it is stored. */

const currentPassword = string({ nullable: true, secret: true });
const previousPasswords = string({ collection: true, nullable: true, secret: true });

/** The older of the two; its id is its own. */
export const hardwarePasswordInfo = entityType('hardwarePasswordInfo', {
  base: entity,
  audit: 'Device',
  properties: { serialNumber: string({ required: true, searchable: true }), currentPassword, previousPasswords },
  storage: { key: ['id'], indexes: [{ properties: ['serialNumber'] }] },
});

/** Its id is that of the managed device, which a create may therefore name. */
export const hardwarePasswordDetail = entityType('hardwarePasswordDetail', {
  base: entity,
  audit: 'Device',
  properties: {
    id: string({ format: 'uuid' }),
    serialNumber: string({ nullable: true, searchable: true }),
    currentPassword,
    previousPasswords,
  },
  storage: { key: ['id'], indexes: [{ properties: ['serialNumber'] }] },
});
