import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { AppError } from '../../lib/app-error.ts';
import type { SettingKind } from './setting-kind.ts';
import { type Config, environmentNameOf, flagOf, type SettingName, settings } from './settings.ts';

/** Where values come from. */
export interface ConfigSources {
  /** By setting name; a repeatable one holds a list. */
  readonly flags: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A JSON file; `MUSTER_CONFIG` names one when this is absent. */
  readonly file?: string | undefined;
}

/** The texts that one source gives for a setting, and what to call it in an error message. */
interface Given {
  readonly source: string;
  readonly texts: readonly string[];
}

/**
 * The configuration: flag before environment variable before config file before default.
 * @throws invalidConfiguration naming the setting at fault and what it allows
 */
export function loadConfig(sources: ConfigSources): Config {
  const file = readConfigFile(sources.file ?? sources.environment.MUSTER_CONFIG);
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(settings) as SettingName[]) {
    const kind: SettingKind<unknown> = settings[name].kind;
    const given = fromFlag(name, sources) ?? fromEnvironment(name, sources) ?? fromFile(name, file) ?? fromDefault(name);
    const parsed = given.texts.map((text) => kind.parse(text) ?? refuse(given.source, kind.secret === true ? '…' : text, kind.allowed));
    if (kind.repeatable !== true && parsed.length > 1) refuse(given.source, given.texts.join(', '), `${kind.allowed}, once`);
    values[name] = kind.repeatable === true ? parsed : parsed[0];
  }
  const config = values as Config;
  checkTogether(config);
  return config;
}

function fromFlag(name: SettingName, { flags }: ConfigSources): Given | undefined {
  const value = flags[name];
  return value === undefined ? undefined : { source: flagOf(name), texts: typeof value === 'string' ? [value] : value };
}

/** An empty variable counts as absent, as shells and container files cannot unset one. Lists are separated by commas. */
function fromEnvironment(name: SettingName, { environment }: ConfigSources): Given | undefined {
  const source = environmentNameOf(name);
  const value = environment[source];
  if (value === undefined || value === '') return undefined;
  const repeatable = (settings[name].kind as SettingKind<unknown>).repeatable === true;
  return { source, texts: repeatable ? value.split(',').map((item) => item.trim()) : [value] };
}

function fromFile(name: SettingName, file: ReadonlyMap<string, unknown>): Given | undefined {
  if (!file.has(name)) return undefined;
  const value = file.get(name);
  const source = `"${name}" in the config file`;
  const texts = (Array.isArray(value) ? value : [value]).map((item: unknown) =>
    ['string', 'number', 'boolean'].includes(typeof item)
      ? String(item)
      : refuse(source, JSON.stringify(item), settings[name].kind.allowed),
  );
  return { source, texts };
}

function fromDefault(name: SettingName): Given {
  const declaration = settings[name];
  return { source: flagOf(name), texts: 'fallback' in declaration ? [declaration.fallback] : [] };
}

function readConfigFile(path: string | undefined): ReadonlyMap<string, unknown> {
  if (path === undefined || path === '') return new Map();
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new AppError('invalidConfiguration', `The config file ${path} cannot be read as JSON: ${(cause as Error).message}.`, { cause });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new AppError('invalidConfiguration', `The config file ${path} must hold one JSON object.`);
  }
  const unknown = Object.keys(content).find((key) => !Object.hasOwn(settings, key));
  if (unknown !== undefined) {
    const known = Object.keys(settings).join(', ');
    throw new AppError('invalidConfiguration', `The config file has an unknown key "${unknown}". Known are: ${known}.`, {
      target: unknown,
    });
  }
  return new Map(Object.entries(content));
}

/** Rules that bind several settings. */
function checkTogether(config: Config): void {
  if (config.issuer !== undefined && config.audience.length === 0) {
    throw new AppError(
      'invalidConfiguration',
      '--issuer needs at least one --audience: without it, tokens for any other service would pass.',
    );
  }
  if (config.issuer === undefined && config.audience.length > 0) {
    throw new AppError('invalidConfiguration', '--audience belongs to --issuer. Give both, or neither to use the embedded issuer.');
  }
  if (config.signIn === 'choose' && !isLoopback(config.host)) {
    throw new AppError(
      'invalidConfiguration',
      '--sign-in choose lets anybody be any user: it needs a --host that only this machine reaches, such as 127.0.0.1.',
      { target: '--sign-in' },
    );
  }
  if (config.citus && config.database === undefined) {
    throw new AppError('invalidConfiguration', '--citus belongs to --database, which names the coordinator of the cluster.', {
      target: '--citus',
    });
  }
  if (config.bodyBudget < 2 * config.bodyLimit) {
    throw new AppError('invalidConfiguration', '--body-budget must be at least twice --body-limit. Raise the one, or lower the other.', {
      target: '--body-budget',
    });
  }
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined)) {
    throw new AppError('invalidConfiguration', '--tls-cert and --tls-key belong together. Give both, or neither.');
  }
}

function refuse(source: string, value: string, allowed: string): never {
  throw new AppError('invalidConfiguration', `${source} cannot be "${value}". Allowed is ${allowed}.`, { target: source });
}

/** Whether only programs of this machine reach an address to listen on. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')) || /^::ffff:127\./i.test(host);

type Named = Pick<Config, 'host' | 'publicUrl' | 'trustedProxy' | 'signIn'>;

/**
 * Whether people choose who they are on the sign-in page, without a password: on a server that is reached from its own machine alone, unless it is told
 * otherwise. A proxy or a public name in front of it say that others reach it, too.
 * @returns the names besides those of this machine under which they may, or undefined
 */
export function userChoiceOf({ host, publicUrl, trustedProxy, signIn }: Named): { readonly hosts: readonly string[] } | undefined {
  const hosts = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  if (signIn !== undefined) return signIn === 'choose' ? { hosts } : undefined;
  const isPublic = hosts.some((name) => !isLoopback(name.replace(/^\[|\]$/g, '')));
  return isLoopback(host) && trustedProxy.length === 0 && !isPublic ? { hosts } : undefined;
}
