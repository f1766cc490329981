import { isIP } from 'node:net';
import type { Config } from './settings.ts';

/** What the operator should know of these settings: whole sentences. */
export function startWarnings({ host, publicUrl }: Pick<Config, 'host' | 'publicUrl'>): readonly string[] {
  if (isLoopback(host) || publicUrl !== undefined) return [];
  return [
    'Links in answers start with the host that each request names, in Host or in its URL, as --public-url is not set. Set it before clients or caches share answers.',
  ];
}

/** Whether only programs of this machine reach the address. */
const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')) || /^::ffff:127\./i.test(host);
