import { shapeOf } from '../../edm/link.ts';
import { getAuditActivityTypes, getAuditCategories } from '../../model/audit-event.ts';
import { model } from '../../model/index.ts';
import { type OperationRule, reading } from '../operation-rule.ts';
import { activityTypeOf, auditCategoryOf, isAudited } from './audit.ts';

/** The categories and activities of the audit log. @param operations all other operations */
export function auditOperations(operations: readonly OperationRule[]): readonly OperationRule[] {
  const types = model.stored.filter(isAudited);
  const activityTypesIn = (category: string | null): string[] => {
    const isWanted = (type: (typeof types)[number]): boolean => category === null || auditCategoryOf(type) === category;
    const changes = types.filter(isWanted).flatMap((type) => {
      const verbs = ['Create', 'Patch', 'Delete', ...(shapeOf(type).secret.length > 0 ? ['Get'] : [])];
      return verbs.map((verb) => activityTypeOf(verb, type));
    });
    const actions = operations
      .filter(({ mode, operation: { binding } }) => mode === 'change' && isAudited(binding) && isWanted(binding))
      .map(({ operation: { name, binding } }) => activityTypeOf(name, binding));
    return [...new Set([...changes, ...actions])].sort();
  };
  return [
    reading(getAuditCategories, async () => [...new Set(types.map(auditCategoryOf))].sort()),
    reading(getAuditActivityTypes, async (_, { parameters }) => activityTypesIn(parameters.category)),
  ];
}
