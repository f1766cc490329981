import { Command, CommanderError } from 'commander';
import { AppError } from '../lib/app-error.ts';
import { version } from '../server/version.ts';
import { backupCommand } from './backup.ts';
import { copyCommand } from './copy.ts';
import { doctorCommand } from './doctor.ts';
import { metadataCommand } from './metadata.ts';
import { openApiCommand } from './openapi.ts';
import { restoreCommand } from './restore.ts';
import { rotateKeysCommand } from './rotate-keys.ts';
import { serveCommand } from './serve.ts';
import { tokenCommand } from './token.ts';
import { userCommand } from './user.ts';

/**
 * The command line: one file per command, each of which imports what it needs only when it runs. `cli` may import `server`,
 * `agent`, `client` and `lib`. Exit codes: 0 done, 1 failed, 2 wrong usage.
 * @param args what follows the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('muster')
    .description('A self-hosted server that speaks the Microsoft Graph beta API for Intune device scripts and hardware configurations.')
    .version(version, '--version')
    .enablePositionalOptions() // a command may have a --version of its own
    .showHelpAfterError('Run it with --help to see what there is.');
  const commands = [
    serveCommand(),
    tokenCommand(),
    userCommand(),
    doctorCommand(),
    backupCommand(),
    copyCommand(),
    restoreCommand(),
    rotateKeysCommand(),
    openApiCommand(),
    metadataCommand(),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  for (const command of [program, ...program.commands]) command.exitOverride();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`muster: ${describe(error)}\n`);
    return 1;
  }
}

/** One line of an error that was foreseen; all there is of one that was not. */
const describe = (error: unknown): string =>
  error instanceof AppError && error.code !== 'internal'
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
