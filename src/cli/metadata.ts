import { Command } from 'commander';
import { print, versionOption } from './setting-options.ts';

/** `muster metadata`: prints what `$metadata` answers, without a server. */
export function metadataCommand(): Command {
  return new Command('metadata')
    .description('Print the API as an OData metadata document (CSDL XML).')
    .addOption(versionOption())
    .action(async ({ version }) => {
      const { metadataText } = await import('../server/routes/describe-api.ts');
      print(metadataText(version));
    });
}
