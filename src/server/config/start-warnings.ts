import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { databaseFileOf } from '../compose.ts';
import { isLoopback } from './config.ts';
import type { Config } from './settings.ts';

/** Files that a server leaves in its data folder; `muster token` makes others before the first start. */
const LEFT_BY_SERVERS = ['secret-keys.json', 'runtime.json'];

/** What the operator should know of these settings and the data folder, before it is opened: whole sentences. */
export function startWarnings(config: Pick<Config, 'host' | 'publicUrl' | 'data' | 'database'>): readonly string[] {
  return [...ofLinks(config), ...ofData(config)];
}

/** A folder that has been used, and whose database is gone: a new one is made, which somebody should know. */
function ofData({ data, database }: Pick<Config, 'data' | 'database'>): readonly string[] {
  if (database !== undefined || existsSync(databaseFileOf(data))) return [];
  if (!LEFT_BY_SERVERS.some((name) => existsSync(join(data, name)))) return [];
  return [
    `The data folder ${data} has been used before, but its database ${basename(databaseFileOf(data))} is missing: an empty one was made. If that is not what you want, stop the server and restore a backup.`,
  ];
}

function ofLinks({ host, publicUrl }: Pick<Config, 'host' | 'publicUrl'>): readonly string[] {
  if (isLoopback(host) || publicUrl !== undefined) return [];
  return [
    'Links in answers start with the host that each request names, in Host or in its URL, as --public-url is not set. Set it before clients or caches share answers.',
  ];
}
