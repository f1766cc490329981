import { action, enumType, property, string } from '../edm/declare.ts';
import { assignment, scriptPolicy } from './script-policy.ts';

/** Shell scripts of macOS whose output is an attribute of the device. */

export const deviceCustomAttributeValueType = enumType('deviceCustomAttributeValueType', { integer: 0, string: 1, dateTime: 2 });

export const deviceCustomAttributeShellScript = scriptPolicy('deviceCustomAttributeShellScript', {
  customAttributeName: string({ nullable: true, searchable: true }),
  customAttributeType: property(deviceCustomAttributeValueType),
});

export const assignDeviceCustomAttributeShellScript = action('assign', { binding: deviceCustomAttributeShellScript, ...assignment });
