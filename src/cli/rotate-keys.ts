import { Command } from 'commander';
import { addSettings, configOf } from './setting-options.ts';

/** `muster rotate-keys`: encrypts all passwords with a new key. */
export function rotateKeysCommand(): Command {
  const command = new Command('rotate-keys').description(
    'Encrypt all passwords with a new key and remove the old ones from the file of keys. Stop the server of a data folder first; those of --database go on.',
  );
  return addSettings(command, ['data', 'database', 'secretKeys']).action(async (options) => {
    const config = configOf(options);
    const { rotateKeys } = await import('../server/admin/rotate-keys.ts');
    const { rows, dropped } = await rotateKeys(config);
    process.stdout.write(`Rows encrypted with the new key: ${rows}. Old keys removed: ${dropped}.\n`);
  });
}
