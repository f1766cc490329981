import { Command } from 'commander';
import { addSettings, configOf } from './setting-options.ts';

/** `muster backup`: copies a data folder, also of a running server, and verifies the copy. */
export function backupCommand(): Command {
  const command = new Command('backup')
    .description(
      'Copy the data folder of a server, which may be running, into a new folder, and verify the copy. It holds keys: keep it safe.',
    )
    .requiredOption('--to <folder>', 'folder to make; it must not exist');
  return addSettings(command, ['data', 'secretKeys']).action(async ({ to, ...flags }) => {
    const { data, secretKeys } = configOf(flags);
    const { copyDataFolder } = await import('../server/admin/copy-data-folder.ts');
    const { tenants } = await copyDataFolder({ from: data, to, secretKeys });
    process.stdout.write(`${to} is a verified backup (${tenants} tenants).\n`);
    if (secretKeys !== undefined) process.stdout.write(`It does not hold ${secretKeys}: keep that file, too.\n`);
  });
}
