import { userPassword } from '../../model/internal.ts';
import { user } from '../../model/managed-device.ts';
import { recordAct } from '../audit/audit.ts';
import { rulesFor } from '../rules.ts';
import { findOne, type UnitOfWork } from '../unit-of-work.ts';

/** Whose password it is, and what it is checked with later; nothing takes it away. */
export interface NewPassword {
  readonly userPrincipalName: string;
  /** The object id that the user gets who is not there yet. */
  readonly objectId: string;
  readonly derived: string | undefined;
}

/**
 * Gives a user a password, in the place of an earlier one, and makes the user where the directory has none of that name.
 * @returns whether the user was made
 */
export async function setUserPassword(change: UnitOfWork, { userPrincipalName, objectId, derived }: NewPassword): Promise<boolean> {
  const { writer } = change;
  const known = await findOne(writer, user, { userPrincipalName });
  const values = { id: objectId, userPrincipalName, displayName: userPrincipalName, mail: userPrincipalName };
  const { id } = known ?? (await rulesFor(user).create(change, values));
  await writer.delete({ from: userPassword, scope: { id } });
  if (derived !== undefined) await writer.insert(userPassword, { id, derived });
  // That it was set is written down, and nothing of what it is.
  await recordAct(change, {
    operation: 'Action',
    action: 'resetPassword',
    type: user,
    resources: [{ id, label: userPrincipalName, modified: [] }],
  });
  return known === undefined;
}
