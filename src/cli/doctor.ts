import { Command } from 'commander';
import { addSettings, configOf } from './setting-options.ts';

/** `muster doctor`: reads every page, compares every counter with a full recount, tries every key, and prints what is wrong. Exit code 1 when something is. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description('Verify a database: read every page, recount every counter, look for rows without a parent, decrypt every password.')
    .option('--json', 'print one JSON object per problem, and a last one with the totals');
  return addSettings(command, ['data', 'database', 'secretKeys']).action(async (options) => {
    const { json, ...flags } = options;
    const config = configOf(flags);
    const { checkDatabase } = await import('../server/admin/check-database.ts');
    const print = (object: object, sentence: string): boolean =>
      process.stdout.write(`${json === true ? JSON.stringify(object) : sentence}\n`);
    const totals = await checkDatabase(config, (found, sentence) => void print(found, sentence));
    print(totals, `${totals.tenants} tenants checked, ${totals.problems} problems found.`);
    if (totals.problems > 0) process.exitCode = 1;
  });
}
