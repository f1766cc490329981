import { AUDIT_CATEGORY, type EntityType } from '../../edm/declare.ts';
import type { InferComplex } from '../../edm/infer.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { type auditActor, auditEvent } from '../../model/audit-event.ts';
import { newRow } from '../entity-rules.ts';
import { textIn } from '../named-columns.ts';
import type { Origin } from '../roles/caller.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import type { ModifiedProperty } from './audit-values.ts';

/**
 * The audit log: who did what to which object, written in the transaction that does it. `audited-rules.ts` makes an event of each
 * change that comes through the rules, `secret-read.ts` one of each answer that holds secrets.
 */

/** What was done, as `activityOperationType` names it. */
export type AuditOperation = 'Create' | 'Patch' | 'Delete' | 'Action' | 'Get';

/** Something that was done, and to what. */
export interface Act {
  readonly operation: AuditOperation;
  /** Of what it was done to; its category is the event's. */
  readonly type: EntityType;
  /** The action's name, where one was called. */
  readonly action?: string;
  readonly resources: readonly ActedOn[];
}

/** One object. Its id is null where an action was called on a collection or on what is no object. */
export interface ActedOn {
  readonly id: string | null;
  readonly label: string | null;
  readonly modified: readonly ModifiedProperty[];
}

/** Whether changes of a type make audit events. */
export const isAudited = (type: EntityType): boolean => type.audit !== false;

/** The category of a type's events. */
export const auditCategoryOf = ({ audit }: EntityType): string => audit || AUDIT_CATEGORY;

const capitalised = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);

/** `Create HardwareConfiguration`, `Assign HardwareConfiguration`. */
export const activityTypeOf = (verb: string, type: EntityType): string => `${capitalised(verb)} ${capitalised(type.name)}`;

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
