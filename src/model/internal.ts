import { boolean, entityType, int32, int64, string } from '../edm/declare.ts';

/** What the server remembers for itself: stored beside the served types, never routed. */

/** The first answer to a write that its client may repeat (Repeatable Requests 1.0). */
export const repeatableAnswer = entityType('repeatableAnswer', {
  audit: false,
  properties: {
    /** A digest of the client and of the id that it gave the request. */
    id: string(),
    /** A digest of the request. */
    fingerprint: string(),
    /** When nobody may repeat the request any more: milliseconds since 1970-01-01T00:00:00Z. */
    expiresAt: int64(),
    status: int32(),
    /** A JSON object. */
    headers: string(),
    /** In base64. It may hold what is secret where it came from. */
    body: string({ nullable: true, secret: true }),
    /** A JSON array: whose secrets the answer holds. */
    disclosures: string(),
  },
  storage: { key: ['id'], indexes: [{ properties: ['expiresAt'] }] },
});

/** Work that a write has left for later (`domain/jobs/pending-work.ts`). Of all tenants, so that who does it finds it in one look. */
export const pendingWork = entityType('pendingWork', {
  audit: false,
  properties: {
    tenantId: string(),
    kind: string(),
    /** The entity that it is about, or was. */
    ownerId: string({ format: 'uuid' }),
    /** A JSON object: what is to be done, and how far it has come. */
    progress: string(),
    /**
     * Rises with each piece, so that others see that a process is at it: 0 when none has begun. It is that process's clock, to be read by people:
     * others compare it with nothing but itself.
     */
    leasedUntil: int64(),
  },
  storage: { key: ['tenantId', 'kind', 'ownerId'], global: true },
});

/**
 * What makes an installation itself, where several servers share a database: the first makes it, and seals it with the secret keys that all
 * of them have.
 */
export const instance = entityType('instance', {
  audit: false,
  properties: {
    name: string(),
    /** A JSON object, sealed. */
    content: string(),
  },
  storage: { key: ['name'], global: true },
});

/** Numbers that were given out, so that the number of a row that was deleted is never that of another. */
export const sequence = entityType('sequence', {
  audit: false,
  properties: {
    /** What is numbered. */
    name: string(),
    /** The newest number; 0 when there is none yet. */
    last: int64(),
  },
  storage: { key: ['name'] },
});

/** A sign-in by device code that is under way: of no tenant, since anybody may begin one in any, and there must be a bound for all. */
export const deviceSignIn = entityType('deviceSignIn', {
  audit: false,
  properties: {
    /** A digest of the device code. */
    id: string(),
    /** A digest of the code that a person enters. */
    userCode: string(),
    tenantId: string(),
    clientId: string(),
    /** A JSON object: what is granted when somebody approves. */
    scopes: string(),
    /** Milliseconds since 1970-01-01T00:00:00Z. */
    expiresAt: int64(),
    /** Seconds that must lie between two polls. */
    interval: int32(),
    /** What older servers compare their clocks with; null now, as each server remembers by its own clock when it was polled. */
    polledAt: int64({ nullable: true }),
    isDenied: boolean(),
    /** Who approved. */
    userPrincipalName: string({ nullable: true }),
    /** A digest of where it was begun (`lib/client-network.ts`). */
    network: string(),
  },
  storage: { key: ['id'], indexes: [{ properties: ['userCode'] }, { properties: ['expiresAt'] }], global: true },
});

/** A wrong code or secret that somebody entered on the page for device codes: all servers of a database count them together. */
export const wrongAttempt = entityType('wrongAttempt', {
  audit: false,
  properties: {
    id: string({ format: 'uuid' }),
    /** Milliseconds since 1970-01-01T00:00:00Z. */
    madeAt: int64(),
    tenantId: string(),
    /** A digest of where it came from (`lib/client-network.ts`). */
    network: string(),
  },
  storage: { key: ['id'], global: true },
});

/** An authorization code that somebody's sign-in has made: of no tenant, as sign-ins by device code are. */
export const authorizationCode = entityType('authorizationCode', {
  audit: false,
  properties: {
    /** A digest of the code. */
    id: string(),
    tenantId: string(),
    clientId: string(),
    /** A JSON object: who signed in, what is granted, and what the code is bound to. */
    content: string(),
    /** Milliseconds since 1970-01-01T00:00:00Z. */
    expiresAt: int64(),
    /** A digest of where the sign-in came from (`lib/client-network.ts`). */
    network: string(),
  },
  storage: { key: ['id'], indexes: [{ properties: ['expiresAt'] }], global: true },
});

/** What a user's password is checked with, where the user has one. */
export const userPassword = entityType('userPassword', {
  audit: false,
  properties: {
    /** The user's object id. */
    id: string({ format: 'uuid' }),
    /** How it was derived, the salt, and what came of it (`auth/issuer/password.ts`). */
    derived: string(),
  },
  storage: { key: ['id'] },
});

/** A server that uses a database that others may use, and its secret keys: a new one is used when all servers have it. */
export const keyHolder = entityType('keyHolder', {
  audit: false,
  properties: {
    id: string({ format: 'uuid' }),
    /** For people: where it runs. */
    name: string(),
    /** A JSON array: names of the keys that it can decrypt with. */
    keys: string(),
    /** The name of the key that it encrypts with. */
    sealsWith: string(),
    /**
     * Rises each time that it says that it runs. It is that server's clock, to be read by people: others compare it with nothing but itself, and take
     * the server to be gone when it has not changed for a while.
     */
    aliveUntil: int64(),
  },
  storage: { key: ['id'], global: true },
});
