import { binary, entityType, int32, int64, string } from '../edm/declare.ts';

/** What the server remembers for itself: stored beside the served types, never routed. */

/** The first answer to a write that its client may repeat (Repeatable Requests 1.0). */
export const repeatableAnswer = entityType('repeatableAnswer', {
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
    body: binary({ nullable: true }),
  },
  storage: { key: ['id'], indexes: [{ properties: ['expiresAt'] }] },
});
