import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixedHosts, hasShell, startFixedHosts } from '../support/fixed-hosts.ts';

/** CLI for Microsoft 365 as it was published: a process for each command, at the hosts that stand in its source. */

const BETA = 'https://graph.microsoft.com/beta/deviceManagement';

describe.skipIf(!hasShell)('CLI for Microsoft 365', { timeout: 300_000 }, () => {
  let hosts: FixedHosts;
  beforeAll(async () => {
    hosts = await startFixedHosts();
    // It would report its own first command, the one that tells it not to.
    const folder = join(hosts.folder, '.config', 'configstore');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cli-m365-config.json'), JSON.stringify({ disableTelemetry: true }));
  });
  afterAll(async () => {
    await hosts.stop();
    expect(hosts.refused, 'no other host was asked for').toEqual([]);
  });

  // biome-ignore lint/suspicious/noExplicitAny: what the tool prints
  const m365 = async (command: string): Promise<any> => {
    const output = await hosts.run(`m365 ${command.slice(0, 40)} ${Math.random()}`, {
      program: `m365 ${command} --output json\n`,
      language: 'sh',
    });
    return output === '' ? undefined : JSON.parse(output);
  };
  const send = (method: string, path: string, body?: object) =>
    m365(
      `request --method ${method} --url '${BETA}/${path}'${body === undefined ? '' : ` --content-type application/json --body '${JSON.stringify(body)}'`}`,
    );

  it('CLI for Microsoft 365 runs the lines of docs/clients.md: in by a secret, users, groups, members, requests, out', async () => {
    const output = await hosts.run('CLI for Microsoft 365', { language: 'sh' });
    expect(output).toContain('"authType": "secret"');
    expect(output).toMatch(/"userPrincipalName": "grace@contoso.com",[^}]*"roles": \[\s*"Member"\s*\]/);
    expect(output).toMatch(/"version": 1,\s*"displayName": "Secure boot"/);
  });

  it('CLI for Microsoft 365 signs in by a certificate, and manages users, groups, configurations and scripts', async () => {
    expect(
      await m365(`login --authType certificate --certificateFile client.pem --appId ${hosts.clientId} --tenant ${hosts.tenantId}`),
    ).toMatchObject({
      authType: 'certificate',
      connectedAs: 'Muster',
    });
    const [configuration, script, user] = await Promise.all([
      send('post', 'hardwareConfigurations', { displayName: 'B', fileName: 'b.cctk', configurationFileContent: 'W2NjdGtdCg==' }),
      send('post', 'deviceManagementScripts', { displayName: 'S', fileName: 's.ps1', scriptContent: 'aGk=', runAsAccount: 'system' }),
      m365("entra user add --displayName Alan --userName alan@contoso.com --password 'Correct-horse-9'"),
    ]);
    expect([configuration.version, script.runAsAccount, user.userPrincipalName]).toEqual([1, 'system', 'alan@contoso.com']);
    const [listed, group, patched] = await Promise.all([
      m365('entra user list --properties id,userPrincipalName'),
      m365('entra group add --displayName Second --type security --memberUserNames alan@contoso.com'),
      send('patch', `hardwareConfigurations/${configuration.id}`, { description: 'changed' }),
    ]);
    expect(listed).toContainEqual({ id: user.id, userPrincipalName: 'alan@contoso.com' });
    expect(patched).toMatchObject({ description: 'changed' });
    await m365('entra group member remove --groupName Second --userNames alan@contoso.com --role Member --force');
    const [got, members, read] = await Promise.all([
      m365('entra user get --userName alan@contoso.com'),
      m365(`entra group member list --groupId ${group.id}`),
      send('get', `deviceManagementScripts/${script.id}`),
      send('delete', `hardwareConfigurations/${configuration.id}`),
    ]);
    expect([got.displayName, members, read.displayName]).toEqual(['Alan', [], 'S']);
    await expect(send('get', `hardwareConfigurations/${configuration.id}`)).rejects.toThrow('404');
    await m365('logout');
    await expect(send('get', 'hardwareConfigurations')).rejects.toThrow('Log in to Microsoft 365 first');
  });
});
