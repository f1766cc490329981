import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Command } from 'commander';
import { AppError } from '../lib/app-error.ts';
import { addSettings, configOf, guid } from './setting-options.ts';

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

/** Most characters that are read for a password: the longest one, and an end of line. */
const MAX_PASSWORD_INPUT = 1024;

/** Asks for a password twice, showing nothing of it; without a terminal, reads the first line of stdin. @throws invalidValue */
async function readPassword(userPrincipalName: string): Promise<string> {
  if (!process.stdin.isTTY) return firstLine();
  const one = await ask(`Password of ${userPrincipalName}: `);
  if ((await ask('Once more: ')) === one) return one;
  throw new AppError('invalidValue', 'The two passwords differ. Run the command again.');
}

async function firstLine(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const piece of process.stdin) {
    text += piece;
    if (text.includes('\n') || text.length > MAX_PASSWORD_INPUT) break;
  }
  return text.split(/\r?\n/)[0]!;
}

function ask(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('SIGINT', () => {
      lines.close();
      reject(new AppError('invalidValue', 'No password was set.'));
    });
    lines.question('', (answer) => {
      lines.close();
      process.stderr.write('\n');
      resolve(answer);
    });
  });
}
