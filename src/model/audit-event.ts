import { boundFunction, complexType, dateTimeOffset, entityType, property, string } from '../edm/declare.ts';
import { entity } from './entity.ts';

/** Who changed what and when: written by the server with each administrative change, never by clients. */

export const auditProperty = complexType('auditProperty', {
  properties: {
    displayName: string({ nullable: true }),
    oldValue: string({ nullable: true }),
    newValue: string({ nullable: true }),
  },
});

export const auditResource = complexType('auditResource', {
  properties: {
    displayName: string({ nullable: true }),
    modifiedProperties: property(auditProperty, { collection: true, nullable: true }),
    type: string({ nullable: true }),
    auditResourceType: string({ nullable: true }),
    resourceId: string({ nullable: true }),
  },
});

export const roleScopeTagInfo = complexType('roleScopeTagInfo', {
  properties: { displayName: string({ nullable: true }), roleScopeTagId: string({ nullable: true }) },
});

export const auditActor = complexType('auditActor', {
  properties: {
    type: string({ nullable: true }),
    auditActorType: string({ nullable: true }),
    userPermissions: string({ collection: true, nullable: true }),
    applicationId: string({ nullable: true }),
    applicationDisplayName: string({ nullable: true }),
    userPrincipalName: string({ nullable: true }),
    servicePrincipalName: string({ nullable: true }),
    ipAddress: string({ nullable: true }),
    userId: string({ nullable: true }),
    userRoleScopeTags: property(roleScopeTagInfo, { collection: true, nullable: true }),
    remoteTenantId: string({ nullable: true }),
    remoteUserId: string({ nullable: true }),
  },
});

export const auditEvent = entityType('auditEvent', {
  base: entity,
  audit: false,
  properties: {
    displayName: string({ nullable: true, searchable: true }),
    componentName: string({ nullable: true }),
    actor: property(auditActor, { nullable: true }),
    activity: string({ nullable: true }),
    activityDateTime: dateTimeOffset(),
    activityType: string({ nullable: true }),
    activityOperationType: string({ nullable: true }),
    activityResult: string({ nullable: true }),
    correlationId: property('Edm.Guid'),
    resources: property(auditResource, { collection: true, nullable: true }),
    category: string({ nullable: true }),
  },
  // Tools ask for the newest of some kind; retention removes the oldest.
  storage: { key: ['id'], indexes: [{ properties: ['activityDateTime'] }] },
});

const names = { type: 'Edm.String', collection: true, nullable: true } as const;

export const getAuditCategories = boundFunction('getAuditCategories', {
  binding: auditEvent,
  bindingCollection: true,
  parameters: {},
  returns: names,
});

export const getAuditActivityTypes = boundFunction('getAuditActivityTypes', {
  binding: auditEvent,
  bindingCollection: true,
  parameters: { category: { type: 'Edm.String', nullable: true } },
  returns: names,
});
