import { Command } from 'commander';
import { addSettings, configOf } from './setting-options.ts';

/** `muster restore`: makes a data folder of a backup, and verifies it. */
export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('Copy a backup into a new data folder, and verify it. Start a server on that folder then.')
    .requiredOption('--from <folder>', "folder that 'muster backup' made");
  return addSettings(command, ['data', 'secretKeys']).action(async ({ from, ...flags }) => {
    const { data, secretKeys } = configOf(flags);
    const { copyDataFolder } = await import('../server/admin/copy-data-folder.ts');
    const { tenants } = await copyDataFolder({ from, to: data, secretKeys });
    process.stdout.write(`${data} is restored and verified (${tenants} tenants).\n`);
  });
}
