import { createHash } from 'node:crypto';
import { arrayText } from './connection/array-text.ts';
import type { PostgresConnection, Statement } from './connection/connection.ts';

/**
 * Locks of tenants, held until the transaction ends. Whoever only adds and counts shares a tenant with others of its kind; whoever
 * changes anything else has the tenant to itself: so what it reads stays true until its commit, in every process.
 */

const TEXT = (name: string): string => `SELECT ${name}(each) FROM unnest($1::int8[]) AS each`;
const SHARED: Statement = { text: TEXT('pg_advisory_xact_lock_shared'), name: 'muster_share_tenants' };
const ALONE: Statement = { text: TEXT('pg_advisory_xact_lock'), name: 'muster_hold_tenants' };

/** The number that a tenant's lock has: it needs no row, so that new tenants have one too. */
const lockOf = (guid: string): bigint => createHash('sha256').update(guid.toLowerCase()).digest().readBigInt64BE();

/** Takes the locks of some tenants, always in the same order, so that nobody waits in a circle. */
export function lockTenants(connection: PostgresConnection, guids: Iterable<string>, how: 'shared' | 'alone'): Promise<unknown> {
  const locks = [...new Set(guids)].map(lockOf).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return connection.run(how === 'shared' ? SHARED : ALONE, [arrayText(locks)]);
}
