import type { EntityType, OperationDeclaration } from '../../edm/declare.ts';
import { type Navigation, type Property, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { keyOrder } from '../../query/column.ts';
import type { Reader } from '../../store/contract.ts';
import type { EntityRules } from '../entity-rules.ts';
import { textIn } from '../named-columns.ts';
import type { Invocation, OperationRule } from '../operation-rule.ts';
import { findOne, keyOf, type UnitOfWork } from '../unit-of-work.ts';
import { type ActedOn, isAudited, labelOf, type ModifiedProperty, modifiedProperties, plainText, recordAct, shortened } from './audit.ts';

/**
 * Rules that write down what they did. `rules.ts` and `operations.ts` wrap every rule that they hand out, so that whatever a
 * client changes is in the audit log; rules that call each other are not wrapped, so that accounting and cascades are not.
 */

/** The rules of a type, with an audit event for each change; as they are where the type is no administrative object. */
export function auditedRules(type: EntityType, rules: EntityRules): EntityRules {
  if (!isAudited(type)) return rules;
  return {
    async create(change, values) {
      const row = await rules.create(change, values);
      await recordAct(change, { operation: 'Create', type, resources: [actedOn(type, row, modifiedProperties(type, { after: row }))] });
      return row;
    },
    async update(change, before, values) {
      const row = await rules.update(change, before, values);
      await recordAct(change, {
        operation: 'Patch',
        type,
        resources: [actedOn(type, row, modifiedProperties(type, { before, after: row }))],
      });
      return row;
    },
    async remove(change, row) {
      await rules.remove(change, row);
      await recordAct(change, { operation: 'Delete', type, resources: [actedOn(type, row, modifiedProperties(type, { before: row }))] });
    },
  };
}

const actedOn = (type: EntityType, row: Row, modified: readonly ModifiedProperty[]): ActedOn => ({
  id: textIn(row, 'id'),
  label: labelOf(type, row),
  modified,
});

/** The rule of an operation, with an audit event when it is one that changes things. */
export function auditedOperation(rule: OperationRule): OperationRule {
  const { operation } = rule;
  if (rule.mode === 'read' || !isAudited(operation.binding)) return rule;
  return {
    ...rule,
    async run(change: UnitOfWork, invocation: Invocation) {
      const { bound, boundType: type } = invocation;
      const given = givenTo(operation, invocation);
      if (type.storage === undefined || operation.bindingCollection === true) {
        const result = await rule.run(change, invocation);
        await recordAct(change, {
          operation: 'Action',
          action: operation.name,
          type,
          resources: [{ id: null, label: null, modified: given }],
        });
        return result;
      }
      const childrenBefore = await childrenOf(type, change.writer, bound);
      const result = await rule.run(change, invocation);
      const after = await findOne(change.writer, type, keyOf(type, bound));
      const modified = [
        ...given,
        ...modifiedProperties(type, { before: bound, after }),
        ...(await differencesOfChildren(change, { type, bound, before: childrenBefore })),
      ];
      await recordAct(change, { operation: 'Action', action: operation.name, type, resources: [actedOn(type, after ?? bound, modified)] });
      return result;
    },
  };
}

/** What an action was called with. Entities are not repeated: what became of them is among the children. */
function givenTo({ parameters }: OperationDeclaration, { parameters: values }: Invocation): ModifiedProperty[] {
  const given = values as Row; // values of all types but bytes are JSON
  return Object.entries(parameters).flatMap(([name, { type }]) => {
    const value = given[name] ?? null;
    if (value === null || type === 'Edm.Binary' || (typeof type === 'object' && type.kind === 'entity')) return [];
    return [{ displayName: name, oldValue: null, newValue: shortened(plainText(value)) }];
  });
}

/** What belongs to a type's objects and is administered with them: assignments, above all. */
const administeredChildren = (type: EntityType): readonly Navigation[] =>
  shapeOf(type).navigation.filter(({ contained, collection, target }) => contained && collection && isAudited(target));

/** The children of a row as texts, by navigation. */
async function childrenOf(type: EntityType, reader: Reader, row: Row): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { name, target, join, fixed } of administeredChildren(type)) {
    const scope = { ...fixed, ...Object.fromEntries(Object.entries(join).map(([there, here]) => [there, row[here]!])) };
    const rows = await reader.select({ from: target, scope, orderBy: keyOrder(target, scope) });
    const { visible } = shapeOf(target);
    texts.set(name, JSON.stringify(rows.map((child) => ownValues(visible, child))));
  }
  return texts;
}

/** What a child says for itself; its id follows from that, or says nothing. */
const ownValues = (visible: readonly Property[], row: Row): Row =>
  Object.fromEntries(
    visible
      .filter(({ name, type, secret, content }) => name !== 'id' && secret !== true && content !== true && type !== 'Edm.Binary')
      .map(({ name }): [string, Value] => [name, row[name] ?? null]),
  );

async function differencesOfChildren(
  change: UnitOfWork,
  { type, bound, before }: { readonly type: EntityType; readonly bound: Row; readonly before: ReadonlyMap<string, string> },
): Promise<ModifiedProperty[]> {
  const after = await childrenOf(type, change.writer, bound);
  return [...before]
    .filter(([name, text]) => after.get(name) !== text)
    .map(([name, text]) => ({ displayName: name, oldValue: shortened(text), newValue: shortened(after.get(name) ?? null) }));
}
