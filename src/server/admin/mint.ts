import { type Credentials, loadOrCreateCredentials } from '../../auth/issuer/credentials.ts';
import { mintToken } from '../../auth/issuer/mint-token.ts';
import { PERSONAL_TENANT } from '../../auth/principal-of-claims.ts';
import { AppError } from '../../lib/app-error.ts';
import { allPermissions } from '../../model/permissions.ts';
import { type DataConfig, openShared } from '../compose.ts';
import type { Config } from '../config/settings.ts';
import { readInstance } from '../keys/shared-instance.ts';
import { readRuntimeFile } from '../runtime-file.ts';

/** What `muster token` may ask for; all of it has a default. */
export interface TokenWish {
  /** GUID; the first tenant of the data folder by default. */
  readonly tenantId?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly userPrincipalName?: string | undefined;
  readonly lifetimeSeconds?: number | undefined;
}

/**
 * Makes an access token from the keys in the data folder, which are made when they are not there yet, or from those that servers share in
 * their database. No server has to run.
 * @throws invalidConfiguration, invalidValue, corruptStore
 */
export async function mint(config: DataConfig & Pick<Config, 'publicUrl' | 'issuer' | 'secretKeys'>, wish: TokenWish): Promise<string> {
  if (config.issuer !== undefined) {
    throw new AppError('invalidConfiguration', `Tokens come from ${config.issuer}, as --issuer says. Ask for them there.`);
  }
  if (wish.tenantId?.toLowerCase() === PERSONAL_TENANT)
    throw new AppError('invalidValue', 'Personal Microsoft accounts are not supported. Name the tenant of an organisation.', {
      target: 'tenantId',
    });
  const credentials = await credentialsOf(config);
  const origin = config.publicUrl ?? readRuntimeFile(config.data, 'runtime.json', ['url'])?.url ?? 'http://127.0.0.1:8080';
  return await mintToken(credentials, { ...wish, origin, allPermissions });
}

async function credentialsOf(config: Parameters<typeof mint>[0]): Promise<Credentials> {
  if (config.database === undefined) return await loadOrCreateCredentials(config.data);
  const store = await openShared(config);
  try {
    return (await readInstance(store, config)).credentials;
  } finally {
    await store.close();
  }
}
