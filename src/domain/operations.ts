import type { OperationDeclaration } from '../edm/declare.ts';
import { auditOperations } from './audit/audit.ts';
import { auditedOperation } from './audit/audited-rules.ts';
import { complianceOperations } from './compliance/compliance-operations.ts';
import { deletedItemOperations } from './directory/deleted-items.ts';
import { directoryOperations } from './directory/directory-operations.ts';
import { assignmentFilterOperations } from './filters/assignment-filters.ts';
import type { OperationRule } from './operation-rule.ts';
import { policyOperations } from './policies/policy-operations.ts';
import { healthOperations } from './remediation/health-operations.ts';
import { scopeTagOperations } from './roles/scope-tags.ts';

/** What every declared operation does: one line per family, whose file holds the entries. */
const families: readonly OperationRule[] = [
  ...policyOperations,
  ...healthOperations,
  ...complianceOperations,
  ...directoryOperations,
  ...deletedItemOperations,
  ...assignmentFilterOperations,
  ...scopeTagOperations,
];

/** All of them. Each that changes something writes an audit event. */
export const operationRules: readonly OperationRule[] = [...families.map(auditedOperation), ...auditOperations(families)];

const byOperation: ReadonlyMap<OperationDeclaration, OperationRule> = new Map(operationRules.map((rule) => [rule.operation, rule]));

/** The rule of a declared operation. That each has one is a test of the model. */
export const operationRuleFor = (operation: OperationDeclaration): OperationRule => byOperation.get(operation)!;
