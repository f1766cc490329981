import type { EntityType } from '../../edm/declare.ts';
import type { Column } from '../../edm/infer.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { group } from '../../model/directory.ts';
import { user } from '../../model/managed-device.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** Names in the directory that no two objects have. */

/** Looks whether an object can have the name in its values. @param own the object's row, where there is one. @throws valueTaken */
type NameCheck = (change: UnitOfWork, values: Row, own?: { readonly id: string }) => Promise<void>;

const checkOf =
  <T extends EntityType>(from: T, property: Column<T>): NameCheck =>
  async (change, values, own) => {
    const name = values[property];
    if (typeof name !== 'string') return;
    const others = await change.writer.select<EntityType>({ from, scope: { [property]: name }, orderBy: [], limit: 2 });
    if (others.every(({ id }) => id === own?.id)) return;
    const what = `Another object with the same value for property ${property} already exists.`;
    throw new AppError('valueTaken', `${what} Choose another one.`, { target: property });
  };

export const checkUserName: NameCheck = checkOf(user, 'userPrincipalName');
export const checkGroupName: NameCheck = checkOf(group, 'uniqueName');
