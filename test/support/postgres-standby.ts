import { cpSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

/** What a copy of a running server must not have: who runs there, its log of changes (which is streamed), and its slots. */
const NOT_COPIED = /^(postmaster\.(pid|opts)|pg_wal\/.*[0-9A-F]{24}.*|pg_replslot\/.+)$/;

/**
 * Starts a standby, which is sent each change of a primary, and waits until it is. From then on the primary acknowledges no commit that the
 * standby does not have on its disk.
 */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const client = new pg.Client({ connectionString: primary.url() });
  await client.connect();
  try {
    const { hostname, port, username, password } = new URL(primary.url());
    const address = `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`;
    const standby = await startPostgres({
      settings: [`primary_conninfo=${address}`],
      fill: (data) => copyRunning(client, primary.data, data),
    });
    const isStreaming = async (): Promise<boolean> =>
      (await client.query("SELECT FROM pg_stat_replication WHERE state = 'streaming'")).rowCount === 1;
    while (!(await isStreaming())) await sleep(50);
    await client.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await client.query('SELECT pg_reload_conf()');
    while ((await client.query("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")).rowCount !== 1) await sleep(50);
    return standby;
  } finally {
    await client.end();
  }
}

/** Ends that a server is a standby: it takes writes from now on. */
export async function promote(standby: PostgresServer): Promise<void> {
  const client = new pg.Client({ connectionString: standby.url() });
  await client.connect();
  await client.query('SELECT pg_promote()');
  await client.end();
}

/** Copies the data of a server that runs, as a backup does. */
async function copyRunning(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query("SELECT pg_backup_start('standby', true)");
  cpSync(from, to, { recursive: true, filter: (source) => !NOT_COPIED.test(relative(from, source)) });
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  writeFileSync(join(to, 'backup_label'), rows[0]!.labelfile);
  writeFileSync(join(to, 'standby.signal'), '');
}
