import type { Row } from '../../edm/primitive.ts';
import { isUuid } from '../../lib/ids.ts';
import { userPassword } from '../../model/internal.ts';
import { user } from '../../model/managed-device.ts';
import { column, keyOrder } from '../../query/column.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Reader } from '../../store/contract.ts';

/** How many users a page offers to choose from; the names of others are typed. */
export const SHOWN_USERS = 50;

/** Longest user principal name, in characters. */
export const MAX_USER_NAME = 254;

/** A user who may sign in. */
export interface TenantUser {
  readonly objectId: string;
  readonly userPrincipalName: string;
  readonly displayName: string | undefined;
}

const PROPERTIES = ['id', 'userPrincipalName', 'displayName', 'accountEnabled'] as const;

/** The first users of a tenant who may sign in, by their names. */
export async function firstUsers(reader: Reader): Promise<readonly TenantUser[]> {
  const name = column(user, 'userPrincipalName');
  const orderBy = [{ expression: name, descending: false }, ...keyOrder(user)];
  const named: RowSet['where'] = {
    kind: 'binary',
    type: 'Edm.Boolean',
    operator: 'ne',
    left: name,
    right: { kind: 'literal', type: 'null', value: null },
  };
  const rows = await reader.select({ from: user, scope: {}, where: named, orderBy, limit: SHOWN_USERS, properties: PROPERTIES });
  return rows.flatMap((row) => userOf(row) ?? []);
}

/** Finds a user by name, in any case, or by object id. @returns undefined when there is none, or the account is disabled */
export async function findUser(reader: Reader, name: string): Promise<TenantUser | undefined> {
  if (name.length > MAX_USER_NAME) return undefined;
  const scope = isUuid(name) ? { id: name.toLowerCase() } : { userPrincipalName: name };
  const [row] = await reader.select({ from: user, scope, orderBy: [], limit: 1, properties: PROPERTIES });
  return row && userOf(row);
}

/** The derived password of a user; undefined for none. */
export async function passwordOf(reader: Reader, { objectId: id }: Pick<TenantUser, 'objectId'>): Promise<string | undefined> {
  const [row] = await reader.select({ from: userPassword, scope: { id }, orderBy: [], limit: 1 });
  return row?.derived as string | undefined;
}

function userOf({ id, userPrincipalName, displayName, accountEnabled }: Row): TenantUser | undefined {
  if (typeof userPrincipalName !== 'string' || accountEnabled === false) return undefined;
  return { objectId: id as string, userPrincipalName, displayName: typeof displayName === 'string' ? displayName : undefined };
}
