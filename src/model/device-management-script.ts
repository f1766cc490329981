import { action, boolean, complexType, property, string } from '../edm/declare.ts';
import { deviceAndAppManagementAssignmentSource } from './assignment-target.ts';
import { assignment, scriptPolicy } from './script-policy.ts';

/** Windows PowerShell scripts. */

export const hasPayloadLinkResultItem = complexType('hasPayloadLinkResultItem', {
  properties: {
    payloadId: string({ nullable: true }),
    hasLink: boolean({ nullable: true }),
    error: string({ nullable: true }),
    sources: property(deviceAndAppManagementAssignmentSource, { collection: true }),
  },
});

export const deviceManagementScript = scriptPolicy('deviceManagementScript', {
  enforceSignatureCheck: boolean(),
  runAs32Bit: boolean(),
});

export const assignDeviceManagementScript = action('assign', { binding: deviceManagementScript, ...assignment });

export const hasPayloadLinks = action('hasPayloadLinks', {
  binding: deviceManagementScript,
  bindingCollection: true,
  parameters: { payloadIds: { type: 'Edm.String', collection: true, nullable: true } },
  returns: { type: hasPayloadLinkResultItem, collection: true, nullable: true },
});
