import { Option } from 'commander';

/** Which of the API's versions a command is about. */
export const versionOption = (): Option => new Option('--version <name>', 'version of the API').choices(['beta', 'v1.0']).default('beta');
