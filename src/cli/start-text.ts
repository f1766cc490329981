import { fileURLToPath } from 'node:url';
import type { RunningServer } from '../server/start-server.ts';

/** When states last changed, as the documentation's examples have it: 100 ns and an offset, both of which are kept. */
const WHEN = '2017-01-01T00:02:58.4418045-08:00';

const hardwareUserState = (successfulDeviceCount: number): object => ({
  '@odata.type': '#microsoft.graph.hardwareConfigurationUserState',
  upn: 'Upn value',
  userEmail: 'User Email value',
  userName: 'User Name value',
  lastStateUpdateDateTime: WHEN,
  successfulDeviceCount,
  failedDeviceCount: 1,
  pendingDeviceCount: 2,
  errorDeviceCount: 0,
  notApplicableDeviceCount: 8,
  unknownDeviceCount: 2,
});

const hardwareDeviceState = {
  '@odata.type': '#microsoft.graph.hardwareConfigurationDeviceState',
  deviceName: 'Device Name value',
  osVersion: 'Os Version value',
  upn: 'Upn value',
  internalVersion: 15,
  lastStateUpdateDateTime: WHEN,
  configurationState: 'success',
  configurationOutput: 'Configuration Output value',
  configurationError: 'Configuration Error value',
};

const scriptUserState = {
  '@odata.type': '#microsoft.graph.deviceManagementScriptUserState',
  successDeviceCount: 2,
  errorDeviceCount: 0,
  userPrincipalName: 'User Principal Name value',
};

/** What a person sees who starts the server in a terminal: where it is, how to get in, and requests that work as printed. */
export function startText(server: RunningServer): string {
  const facts = [
    '',
    `Muster accepts requests on ${server.url}`,
    '',
    `  tenant   ${server.tenantId}`,
    `  client   ${server.clientId}`,
    `  secret   "clientSecret" in ${server.data}/instance.json`,
    ...(server.signIn === 'choose'
      ? ['  sign-in  by choosing a user, as only this machine reaches the server; or --sign-in password']
      : []),
    `  stop     Ctrl+C`,
    ...server.warnings.flatMap((warning) => ['', `Warning: ${warning}`]),
  ];
  return `${[...facts, ...(server.sample === undefined ? [] : requests(server, server.sample)), ''].join('\n')}\n`;
}

function requests(server: RunningServer, sample: NonNullable<RunningServer['sample']>): string[] {
  const hardware = `hardwareConfigurations/${sample.hardwareConfigurationId}`;
  const curl = (method: string, path: string, body: object): string =>
    `curl -sS -X ${method} ${server.url}/beta/deviceManagement/${path} -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    '',
    'Try it from another terminal, with the sample:',
    '',
    `TOKEN=$(${tokenCommandLine(server.data)})`,
    '',
    curl('POST', `${hardware}/userRunStates`, hardwareUserState(5)),
    '',
    curl('POST', `${hardware}/deviceRunStates`, hardwareDeviceState),
    '',
    curl('PATCH', `${hardware}/userRunStates/${sample.userStateId}`, hardwareUserState(5)),
    '',
    curl('POST', `deviceManagementScripts/${sample.scriptId}/userRunStates/`, scriptUserState),
  ];
}

/** From a checkout, npm brings the right Node; an installed package has the command on the path. */
function tokenCommandLine(data: string): string {
  const folder = `--data ${quoted(data)}`;
  if (!import.meta.filename.endsWith('.ts')) return `muster token ${folder}`;
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  return `npm --prefix ${quoted(root)} run --silent muster -- token ${folder}`;
}

const quoted = (path: string): string => (/^[\w./:@-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
