import { flushCompileCache } from 'node:module';
import { Command } from 'commander';
import { type SettingName, settings } from '../server/config/settings.ts';
import type { RunningServer } from '../server/start-server.ts';
import { addSettings, configOf } from './setting-options.ts';

/** How long running requests may take after a signal to stop. */
export const DRAIN_MS = 10_000;

/** How long closing the store may take behind that; then the process ends as it is, in milliseconds. */
export const CLOSE_MS = 10_000;

/** `muster serve`: runs the server until a signal ends it. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('Run the server.')
    .option('--json', 'print one JSON line on stdout when requests are accepted, and nothing else');
  return addSettings(command, Object.keys(settings) as SettingName[]).action(async (options) => {
    const { json, ...flags } = options;
    const config = configOf(flags);
    const { startServer } = await import('../server/start-server.ts');
    const server = await startServer(config);
    const stopped = untilStopped(server, config.drainDelay * 1000); // before anybody is told that it is ready
    stopped.catch(() => undefined); // it is waited for below
    const { url, tenantId, clientId } = server;
    if (json === true) {
      process.stdout.write(`${JSON.stringify({ event: 'ready', url, tenantId, clientId })}\n`);
    } else {
      const { startText } = await import('./start-text.ts');
      process.stdout.write(startText(server));
    }
    flushCompileCache(); // now rather than at the end, which may be a crash
    try {
      await stopped;
    } catch (error) {
      // A database that could not be closed as it should must stay as it is: an orderly end would close it.
      process.once('exit', (code) => process.exit(code));
      throw error;
    }
    // What nobody reads of the log would keep the process.
    if (process.stderr.writableLength > 0) process.exit();
  });
}

/**
 * Resolves when a signal has come and everything is answered and closed. A second signal ends the process at once.
 * @param delay how long clients are told to leave, in milliseconds
 */
function untilStopped(server: RunningServer, delay: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(1);
      stopping = true;
      server.observe({ kind: 'draining', signal });
      // Threads that read what takes long hold up process.exit, and nothing holds up this.
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), delay + DRAIN_MS + CLOSE_MS).unref();
      server.stop(DRAIN_MS, delay).then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
