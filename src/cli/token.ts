import { Command, InvalidArgumentError } from 'commander';
import { addSettings, configOf, guid } from './setting-options.ts';

const seconds = (value: string): number => {
  const number = Number(value);
  if (/^\d{1,9}$/.test(value) && number > 0) return number;
  throw new InvalidArgumentError('Give a whole number of seconds from 1 to 999999999.');
};

const collect = (value: string, earlier: readonly string[] | undefined): readonly string[] => [...(earlier ?? []), value];

/** `muster token`: prints an access token and nothing else. */
export function tokenCommand(): Command {
  const command = new Command('token')
    .description('Print an access token. Works while the server runs, and before its first start.')
    .option('--tenant <guid>', 'tenant to speak for (default: the one of the data folder)', guid)
    .option('--role <name>', 'app role to hold; repeatable (default: all)', collect)
    .option('--scope <name>', 'scope that --user delegates; repeatable (default: all)', collect)
    .option('--user <upn>', 'make a token of this user instead of one of the application')
    .option('--lifetime <seconds>', 'how long it is valid (default: 3600)', seconds);
  return addSettings(command, ['data', 'database', 'secretKeys', 'publicUrl']).action(async (options) => {
    const { tenant, role, scope, user, lifetime, ...flags } = options;
    const { mint } = await import('../server/admin/mint.ts');
    const wish = { tenantId: tenant, roles: role, scopes: scope, userPrincipalName: user, lifetimeSeconds: lifetime };
    process.stdout.write(`${await mint(configOf(flags), wish)}\n`);
  });
}
