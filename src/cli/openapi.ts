import { Command } from 'commander';
import { addSettings, configOf, print, versionOption } from './setting-options.ts';

/** `muster openapi`: prints the OpenAPI document, without a server. */
export function openApiCommand(): Command {
  const command = new Command('openapi').description('Print the API as an OpenAPI 3.1 document.').addOption(versionOption());
  return addSettings(command, ['profile', 'scopeNames', 'issuer', 'audience']).action(async (options) => {
    const { version, ...flags } = options;
    const { openApiText } = await import('../server/routes/describe-api.ts');
    print(openApiText(version, configOf(flags)));
  });
}
