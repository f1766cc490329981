import { Command, Option } from 'commander';
import type { CopyProgress } from '../server/admin/copy-data-set.ts';
import { addSettings, configOf } from './setting-options.ts';

const PLACE = 'folder or postgres://…';
/** Progress is told so often at most. */
const TELL_MS = 1000;

/** `muster copy`: moves a whole data set between a data folder and a PostgreSQL database, and verifies it. */
export function copyCommand(): Command {
  const command = new Command('copy')
    .description('Copy all data between a data folder and a PostgreSQL database, and verify the copy. Stop all servers of both first.')
    .addOption(new Option('--from <place>', PLACE).env('MUSTER_COPY_FROM').makeOptionMandatory())
    .addOption(
      new Option('--to <place>', `${PLACE}; empty, or left by a copy that was interrupted`).env('MUSTER_COPY_TO').makeOptionMandatory(),
    )
    .option('--json', 'print one JSON object with the totals');
  return addSettings(command, ['secretKeys']).action(async ({ from, to, json, ...flags }) => {
    const { secretKeys } = configOf(flags);
    const { copyDataSet } = await import('../server/admin/copy-data-set.ts');
    const totals = await copyDataSet({ from, to, secretKeys, report: teller() });
    const { tenants, rows } = totals;
    if (json === true) process.stdout.write(`${JSON.stringify(totals)}\n`);
    else {
      process.stdout.write(`Copied and verified: ${rows} rows of ${tenants} tenants.\n`);
      process.stdout.write('Secret keys are not copied: give servers of the copy the same file with --secret-keys.\n');
    }
  });
}

/** Tells on stderr how far it is: each new phase, and now and then within one. */
function teller(): (progress: CopyProgress) => void {
  let told = { phase: '', at: 0 };
  return ({ phase, rows, tenant, tenants }) => {
    const now = performance.now();
    if (phase === told.phase && now - told.at < TELL_MS) return;
    told = { phase, at: now };
    process.stderr.write(`${phase}: ${rows} rows, tenant ${tenant} of ${tenants}\n`);
  };
}
