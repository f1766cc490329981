import type { OperationDeclaration } from '../edm/declare.ts';
import { deviceCustomAttributeShellScript } from './device-custom-attribute-shell-script.ts';
import { deviceManagementScript, hasPayloadLinkResultItem } from './device-management-script.ts';
import { deviceShellScript } from './device-shell-script.ts';
import { hardwareConfiguration, hardwareConfigurationAssignment } from './hardware-configuration.ts';
import { assignScript } from './script-policy.ts';

/** Bound actions. What they do is in `domain`. */
const assignHardware: OperationDeclaration = {
  kind: 'action',
  name: 'assign',
  binding: hardwareConfiguration,
  parameters: { hardwareConfigurationAssignments: { type: hardwareConfigurationAssignment, collection: true, nullable: true } },
  returns: { type: hardwareConfigurationAssignment, collection: true, nullable: true },
};

export const operations: readonly OperationDeclaration[] = [
  assignHardware,
  // The name of 2022, renamed `assign` since; tools of that time still send it.
  { ...assignHardware, name: 'assignHardwareConfiguration', undocumented: true },
  assignScript(deviceManagementScript),
  assignScript(deviceShellScript),
  assignScript(deviceCustomAttributeShellScript),
  {
    kind: 'action',
    name: 'hasPayloadLinks',
    binding: deviceManagementScript,
    bindingCollection: true,
    parameters: { payloadIds: { type: 'Edm.String', collection: true, nullable: true } },
    returns: { type: hasPayloadLinkResultItem, collection: true, nullable: true },
  },
];
