import { hash } from 'node:crypto';
import { AUDIT_CATEGORY, type EntityType } from '../../edm/declare.ts';
import type { InferComplex } from '../../edm/infer.ts';
import { type Property, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { type auditActor, auditEvent, getAuditActivityTypes, getAuditCategories } from '../../model/audit-event.ts';
import { model } from '../../model/index.ts';
import { column } from '../../query/column.ts';
import type { Store } from '../../store/contract.ts';
import { newRow } from '../entity-rules.ts';
import { textIn } from '../named-columns.ts';
import { type OperationRule, reading } from '../operation-rule.ts';
import type { Origin } from '../roles/caller.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/**
 * The audit log (docs/adr/0011-audit-events.md): an event names the caller, the activity and the objects, and is written in the transaction
 * of the activity. `audited-rules.ts` writes one for each change that comes through the rules, `secret-read.ts` one of each answer that holds secrets.
 */

/** What was done, as `activityOperationType` names it. */
type AuditOperation = 'Create' | 'Patch' | 'Delete' | 'Action' | 'Get';

/** Something that was done, and to what. */
interface Act {
  readonly operation: AuditOperation;
  /** Of what it was done to; its category is the event's. */
  readonly type: EntityType;
  /** The action's name, where one was called. */
  readonly action?: string;
  readonly resources: readonly ActedOn[];
}

/** One object. Its id is null where an action was called on a collection. */
export interface ActedOn {
  readonly id: string | null;
  readonly label: string | null;
  readonly modified: readonly ModifiedProperty[];
}

/** Whether changes of a type make audit events. */
export const isAudited = (type: EntityType): boolean => type.audit !== false;

/** The category of a type's events. */
const auditCategoryOf = ({ audit }: EntityType): string => audit || AUDIT_CATEGORY;

const capitalised = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

/** `Create HardwareConfiguration`, `Assign HardwareConfiguration`. */
const activityTypeOf = (verb: string, type: EntityType): string => `${capitalised(verb)} ${capitalised(type.name)}`;

/** Writes an act down. */
export async function recordAct(change: UnitOfWork, { operation, type, action, resources }: Act): Promise<void> {
  const activity = activityTypeOf(action ?? operation, type);
  const category = auditCategoryOf(type);
  await change.writer.insert(
    auditEvent,
    newRow(auditEvent, change, {
      displayName: activity,
      componentName: category,
      actor: actorOf(change.origin),
      activity,
      activityDateTime: change.now,
      activityType: activity,
      activityOperationType: operation,
      activityResult: 'Success',
      correlationId: change.origin.correlationId,
      resources: resources.map(({ id, label, modified }) => ({
        displayName: label,
        modifiedProperties: modified,
        type: capitalised(type.name),
        auditResourceType: capitalised(type.name),
        resourceId: id,
      })),
      category,
    }),
  );
}

/** What people call an object: the first of its names that can be searched for. */
export function labelOf(type: EntityType, row: Row): string | null {
  const name = shapeOf(type).visible.find(({ searchable }) => searchable === true);
  return textIn(row, name?.name);
}

/** Who did it, as the model's `auditActor` has it. */
function actorOf({ caller, clientAddress }: Origin): InferComplex<typeof auditActor> {
  const { kind, clientId, clientName, subject, userPrincipalName, permissions } = caller;
  const type = kind === 'delegated' ? 'ItPro' : 'Application';
  return {
    type,
    auditActorType: type,
    userPermissions: [...permissions].sort(),
    applicationId: clientId,
    applicationDisplayName: clientName ?? null,
    userPrincipalName: userPrincipalName ?? null,
    servicePrincipalName: kind === 'application' ? clientId : null,
    ipAddress: clientAddress ?? null,
    userId: subject,
    userRoleScopeTags: [],
    remoteTenantId: null,
    remoteUserId: null,
  };
}

// Values in events: texts as they are and long ones cut, content as its hash, secrets nothing at all.

/** Longest text in an event, in characters. */
const LONGEST = 1024;

/** One changed property, as the model's `auditProperty` has it. */
export type ModifiedProperty = {
  readonly displayName: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
};

/** The properties that differ. @param before absent when the row was made, as `after` is when it was removed */
export function modifiedProperties(
  type: EntityType,
  { before, after }: { readonly before?: Row | undefined; readonly after?: Row | undefined },
): ModifiedProperty[] {
  return toldOf(type).flatMap((property) => {
    const [oldText, newText] = [before, after].map((row) => plainText(row?.[property.name] ?? null));
    if (oldText === newText) return [];
    const [oldValue, newValue] = [oldText!, newText!].map((text) => told(property, text));
    return [{ displayName: property.name, oldValue: oldValue!, newValue: newValue! }];
  });
}

/** What clients see; of a type that they never see, everything. */
function toldOf(type: EntityType): readonly Property[] {
  const { visible, properties } = shapeOf(type);
  return visible.length > 0 ? visible : properties;
}

/** A value as text, to compare and to tell. */
export const plainText = (value: Value): string | null =>
  value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

/** As much of a text as an event tells. */
export const shortened = (text: string | null): string | null =>
  text === null || text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`;

function told({ type, secret, content }: Pick<Property, 'type' | 'secret' | 'content'>, text: string | null): string | null {
  if (text === null || secret === true) return null;
  if (type === 'Edm.Binary') return `sha256:${hash('sha256', Buffer.from(text, 'base64'), 'hex')}`;
  return content === true ? `sha256:${hash('sha256', text, 'hex')}` : shortened(text);
}

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

/** How many events one transaction removes: few enough that writes behind it do not wait. */
const STEP = 200;

/**
 * Removes a tenant's oldest audit events, one small transaction's worth.
 * @param before DateTimeOffset; events of that time and later stay
 * @returns whether there may be more to remove
 */
export async function removeOldEvents(store: Pick<Store, 'read' | 'write'>, tenantId: string, before: string): Promise<boolean> {
  const time = column(auditEvent, 'activityDateTime');
  const old = {
    from: auditEvent,
    scope: {},
    where: {
      kind: 'binary',
      type: 'Edm.Boolean',
      operator: 'lt',
      left: time,
      right: { kind: 'literal', type: 'Edm.DateTimeOffset', value: before },
    },
    orderBy: [{ expression: time, descending: false }],
    limit: STEP,
    properties: ['id'],
  } as const;
  const rows = await store.read(tenantId, (reader) => reader.select(old));
  const id = rows.map((row) => row.id);
  if (id.length > 0) await store.write(tenantId, (writer) => writer.delete({ from: auditEvent, scope: { id } }));
  return id.length === STEP;
}
