import { isUuid } from '../../lib/ids.ts';
import { validateComplianceScript } from '../../model/device-compliance-policy.ts';
import { assignDeviceComplianceScript, deviceComplianceScript } from '../../model/device-compliance-script.ts';
import { type OperationRule, reading } from '../operation-rule.ts';
import { complianceFamily } from '../policies/families.ts';
import { assignRule } from '../policies/policy-operations.ts';
import { findOne } from '../unit-of-work.ts';
import { complianceError, validateComplianceRules } from './compliance-rules.ts';

/** The operations on compliance scripts. */
export const complianceOperations: readonly OperationRule[] = [
  assignRule(complianceFamily, assignDeviceComplianceScript),

  reading(validateComplianceScript, async ({ reader }, { parameters }) => {
    const { deviceComplianceScriptId = null, rulesContent = null } = parameters.deviceCompliancePolicyScript ?? {};
    const { scriptErrors, ...rest } = validateComplianceRules(rulesContent);
    if (deviceComplianceScriptId === null) return { ...rest, scriptErrors };
    const id = deviceComplianceScriptId.toLowerCase();
    if (isUuid(id) && (await findOne(reader, deviceComplianceScript, { id })) !== undefined) return { ...rest, scriptErrors };
    const unknown = complianceError('unknown', `There is no compliance script with the id '${deviceComplianceScriptId.slice(0, 100)}'.`);
    return { ...rest, scriptErrors: [unknown, ...scriptErrors] };
  }),
];
