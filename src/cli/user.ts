import { Command } from 'commander';
import { guid } from './guid.ts';
import { readPassword } from './read-password.ts';
import { addSettings, configOf } from './setting-options.ts';

/** `muster user`: gives a user a password, and makes the user where there is none. */
export function userCommand(): Command {
  const command = new Command('user')
    .description(
      'Set the password that a user signs in with on the page, making the user if need be. It is asked for, or read from stdin. Stop the server of a data folder first; those of --database go on.',
    )
    .argument('<upn>', 'user principal name, for example ada@contoso.com')
    .option('--tenant <guid>', 'tenant of the user (default: the one of the data folder)', guid)
    .option('--remove-password', 'take the password away, so that nobody can sign in as this user');
  return addSettings(command, ['data', 'database', 'secretKeys']).action(async (userPrincipalName, options) => {
    const { tenant: tenantId, removePassword, ...flags } = options;
    const config = configOf(flags);
    const password = removePassword === true ? undefined : await readPassword(userPrincipalName);
    const { setPassword } = await import('../server/admin/set-password.ts');
    const set = await setPassword(config, { userPrincipalName, tenantId, password });
    const what = password === undefined ? 'has no password any more' : 'has the new password';
    process.stdout.write(`${set.isNewUser ? 'New user ' : ''}${userPrincipalName} of tenant ${set.tenantId} ${what}.\n`);
  });
}
