import type { OperationDeclaration } from '../../edm/declare.ts';
import type { InferComplex } from '../../edm/infer.ts';
import { isUuid } from '../../lib/ids.ts';
import { assignDeviceCustomAttributeShellScript } from '../../model/device-custom-attribute-shell-script.ts';
import { assignDeviceManagementScript, type hasPayloadLinkResultItem, hasPayloadLinks } from '../../model/device-management-script.ts';
import { assignDeviceShellScript } from '../../model/device-shell-script.ts';
import { assignHardwareConfiguration, assignHardwareConfiguration2022 } from '../../model/hardware-configuration.ts';
import { textIn } from '../named-columns.ts';
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { assign, type RequestedAssignment } from './assignment-rules.ts';
import { type AnyFamily, customAttributeFamily, hardwareFamily, scriptFamily, shellScriptFamily } from './families.ts';

/** `assign`: replaces all assignments of a policy with those in all lists that were sent. */
export const assignRule = (family: AnyFamily, operation: OperationDeclaration & { readonly kind: 'action' }): OperationRule =>
  changing(operation, (change, { parameters, bound }) => {
    const lists = Object.values(parameters) as readonly (readonly RequestedAssignment[] | null)[];
    return assign(family, change, { policyId: textIn(bound, 'id')!, requested: lists.flatMap((list) => list ?? []) });
  });

/** The operations on policies. */
export const policyOperations: readonly OperationRule[] = [
  assignRule(hardwareFamily, assignHardwareConfiguration),
  assignRule(hardwareFamily, assignHardwareConfiguration2022),
  assignRule(scriptFamily, assignDeviceManagementScript),
  assignRule(shellScriptFamily, assignDeviceShellScript),
  assignRule(customAttributeFamily, assignDeviceCustomAttributeShellScript),

  // Says of each payload whether it is assigned to anybody.
  reading(hasPayloadLinks, async ({ reader }, { parameters }) => {
    const rows: InferComplex<typeof hasPayloadLinkResultItem>[] = [];
    for (const payloadId of parameters.payloadIds ?? []) {
      const policyId = payloadId.toLowerCase();
      const links = isUuid(policyId) ? await reader.count({ from: scriptFamily.assignment, scope: { policyId } }) : 0;
      rows.push({ payloadId, hasLink: links > 0, error: null, sources: links > 0 ? ['direct'] : [] });
    }
    return rows;
  }),
];
