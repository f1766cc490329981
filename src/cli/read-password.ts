import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { AppError } from '../lib/app-error.ts';

/** Most characters that are read for a password: the longest one, and an end of line. */
export const MAX_PASSWORD_INPUT = 1024;

/** Asks for a password twice, showing nothing of it; without a terminal, reads the first line of stdin. @throws invalidValue */
export async function readPassword(userPrincipalName: string): Promise<string> {
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
