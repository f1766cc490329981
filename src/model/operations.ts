import type { OperationDeclaration } from '../edm/declare.ts';
import {
  deviceManagementScript,
  deviceManagementScriptAssignment,
  deviceManagementScriptGroupAssignment,
  hasPayloadLinkResultItem,
} from './device-management-script.ts';
import { hardwareConfiguration, hardwareConfigurationAssignment } from './hardware-configuration.ts';

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
  {
    kind: 'action',
    name: 'assign',
    binding: deviceManagementScript,
    parameters: {
      deviceManagementScriptGroupAssignments: { type: deviceManagementScriptGroupAssignment, collection: true, nullable: true },
      deviceManagementScriptAssignments: { type: deviceManagementScriptAssignment, collection: true, nullable: true },
    },
  },
  {
    kind: 'action',
    name: 'hasPayloadLinks',
    binding: deviceManagementScript,
    bindingCollection: true,
    parameters: { payloadIds: { type: 'Edm.String', collection: true, nullable: true } },
    returns: { type: hasPayloadLinkResultItem, collection: true, nullable: true },
  },
];
