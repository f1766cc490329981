import { userObjectId } from '../../auth/issuer/access-token.ts';
import { loadOrCreateCredentials } from '../../auth/issuer/credentials.ts';
import { derivePassword } from '../../auth/issuer/password.ts';
import { setUserPassword } from '../../domain/directory/user-password.ts';
import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import { AppError } from '../../lib/app-error.ts';
import { systemClock } from '../../lib/clock.ts';
import { uuidV7Generator } from '../../lib/ids.ts';
import { type DataConfig, openShared, openWriter } from '../compose.ts';
import type { Config } from '../config/settings.ts';
import { loadVault } from '../keys/secret-keys.ts';
import { readInstance } from '../keys/shared-instance.ts';

/** Who gets which password. */
export interface PasswordWish {
  readonly userPrincipalName: string;
  /** GUID; the default tenant unless said. */
  readonly tenantId?: string | undefined;
  /** Absent to take the password away. */
  readonly password: string | undefined;
}

/** What came of it. */
export interface PasswordSet {
  readonly tenantId: string;
  /** Whether the directory had no such user. */
  readonly isNewUser: boolean;
}

/**
 * Gives a user a password to sign in with on the page of the embedded issuer.
 * @throws invalidValue, invalidConfiguration, dataFolderInUse while a server runs on a data folder, storeUnavailable, corruptStore
 */
export async function setPassword(
  config: DataConfig & Pick<Config, 'secretKeys' | 'issuer'>,
  { userPrincipalName, password, ...wish }: PasswordWish,
): Promise<PasswordSet> {
  if (config.issuer !== undefined)
    throw new AppError('invalidConfiguration', `Users sign in at ${config.issuer}, as --issuer says. Set their passwords there.`);
  if (!/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(userPrincipalName) || userPrincipalName.length > 254)
    throw new AppError('invalidValue', 'Give a user principal name such as ada@contoso.com.', { target: 'userPrincipalName' });
  const derived = password === undefined ? undefined : await derivePassword(password);
  const store = await (config.database === undefined ? openWriter : openShared)(config);
  try {
    const { credentials, vault } =
      config.database === undefined
        ? { credentials: await loadOrCreateCredentials(config.data), vault: await loadVault(config) }
        : await readInstance(store, config);
    const tenantId = wish.tenantId ?? credentials.tenantId;
    const newId = uuidV7Generator(systemClock);
    const caller = {
      tenantId,
      kind: 'application',
      clientId: 'muster',
      clientName: 'muster user',
      subject: 'muster',
      permissions: new Set<string>(),
    } as const;
    const isNewUser = await store.write(tenantId, (writer) =>
      setUserPassword(
        { writer, now: dateTimeOffsetOf(systemClock.now()), newId, origin: { caller, correlationId: newId() }, vault },
        { userPrincipalName, objectId: userObjectId(tenantId, userPrincipalName), derived },
      ),
    );
    return { tenantId, isNewUser };
  } finally {
    await store.close();
  }
}
