import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ConfigSources, loadConfig } from '../server/config/config.ts';
import type { SettingKind } from '../server/config/setting-kind.ts';
import { type Config, environmentNameOf, flagOf, type SettingName, settings } from '../server/config/settings.ts';

const collect = (value: string, earlier: readonly string[] | undefined): readonly string[] => [...(earlier ?? []), value];

/** Gives a command one flag for each of these settings, and `--config`. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { description, kind, ...rest } = settings[name];
    const { placeholder, repeatable, bare }: SettingKind<unknown> = kind;
    const fallback = 'fallback' in rest ? `default ${rest.fallback}; ` : '';
    const flag = `${flagOf(name)} ${bare === undefined ? `<${placeholder}>` : `[${placeholder}]`}`;
    const help = `${description} (${fallback}${environmentNameOf(name)})`;
    if (bare !== undefined) command.addOption(new Option(flag, help).preset(bare));
    else if (repeatable === true) command.option(flag, help, collect);
    else command.option(flag, help);
  }
  return command.option('--config <file>', 'JSON file with settings, for example {"port": 8443} (MUSTER_CONFIG)');
}

/** The configuration that a command line asks for. @throws invalidConfiguration */
export function configOf(options: Readonly<Record<string, unknown>>): Config {
  const { config, ...flags } = options as ConfigSources['flags'];
  return loadConfig({ flags, environment: process.env, file: config as string | undefined });
}

/** Which of the API's versions a command is about. */
export const versionOption = (): Option => new Option('--version <name>', 'version of the API').choices(['beta', 'v1.0']).default('beta');

/** Writes a long text to stdout. Who reads it may stop before its end, as `head` does. */
export function print(text: string): void {
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.stdout.write(text);
}

/** Reads the GUID of a tenant. @throws InvalidArgumentError */
export const guid = (value: string): string => {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return value.toLowerCase();
  throw new InvalidArgumentError('Give a GUID: every GUID is a tenant of its own.');
};
