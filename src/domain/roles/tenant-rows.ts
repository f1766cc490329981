import type { EntityType } from '../../edm/declare.ts';
import type { Infer } from '../../edm/infer.ts';
import { isUuid } from '../../lib/ids.ts';
import { user } from '../../model/managed-device.ts';
import { roleScopeTag } from '../../model/role-scope-tag.ts';
import type { Reader } from '../../store/contract.ts';
import { newRow } from '../entity-rules.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';
import type { Caller } from './caller.ts';
import { DEFAULT_TAG } from './visibility.ts';

/** Rows that are there without anybody having created them. */

/** The one row of a tenant. */
export async function tenantRow(change: UnitOfWork, type: EntityType, id: string): Promise<void> {
  if ((await findOne(change.writer, type, { id })) === undefined) await change.writer.insert(type, newRow(type, change, { id }));
}

/** Whether a tenant has the scope tag that every tenant has. */
export const hasDefaultTag = async (reader: Reader): Promise<boolean> =>
  (await findOne(reader, roleScopeTag, { id: DEFAULT_TAG })) !== undefined;

/** Makes that tag, unless it is there. */
export async function defaultTag({ writer }: Pick<UnitOfWork, 'writer'>): Promise<void> {
  if (!(await hasDefaultTag(writer))) {
    await writer.insert(roleScopeTag, { id: DEFAULT_TAG, displayName: 'Default', description: null, isBuiltIn: true });
  }
}

/**
 * The user that a delegated token speaks for: by the token's object id, else by its user principal name.
 * @param change makes the user where the directory has none yet
 */
export async function callerAsUser(
  reader: Reader,
  { subject, userPrincipalName }: Caller,
  change?: UnitOfWork,
): Promise<Infer<typeof user> | undefined> {
  const id = isUuid(subject) ? { id: subject.toLowerCase() } : undefined;
  const byId = id === undefined ? undefined : await findOne(reader, user, id);
  const known = byId ?? (userPrincipalName === undefined ? undefined : await findOne(reader, user, { userPrincipalName }));
  if (known !== undefined || change === undefined) return known;
  const name = userPrincipalName ?? null;
  const row = newRow(user, change, { ...id, userPrincipalName: name, displayName: name, mail: name });
  await change.writer.insert(user, row);
  return row;
}
