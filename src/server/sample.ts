import { AppError } from '../lib/app-error.ts';
import type { HttpHandler } from '../lib/http.ts';
import { uuidV4 } from '../lib/ids.ts';

/** Ids of the sample's objects: what the printed requests are filled in with. */
export interface Sample {
  readonly hardwareConfigurationId: string;
  readonly userStateId: string;
  readonly scriptId: string;
}

/** The members of {@link Sample}. */
export const SAMPLE_KEYS = ['hardwareConfigurationId', 'userStateId', 'scriptId'] as const;

/** How the sample talks to the API: as any client does. */
export interface SampleCaller {
  readonly handle: HttpHandler;
  readonly origin: string;
  readonly token: string;
}

const base64 = (...lines: readonly string[]): string => Buffer.from(`${lines.join('\r\n')}\r\n`).toString('base64');

/**
 * Makes one hardware configuration with a user state, and one script, through the API.
 * @throws internal when the API refuses
 */
export async function createSample(caller: SampleCaller): Promise<Sample> {
  const hardwareConfigurationId = await create(caller, 'hardwareConfigurations', {
    displayName: 'Sample: secure boot on',
    description: 'Turns on secure boot and Wake-on-LAN on Dell computers.',
    fileName: 'secure-boot.cctk',
    configurationFileContent: base64('[cctk]', 'SecureBoot=Enabled', 'WakeOnLan=LanOnly'),
    hardwareConfigurationFormat: 'dell',
  });
  const userStateId = await create(caller, `hardwareConfigurations/${hardwareConfigurationId}/userRunStates`, {
    upn: 'adele@example.com',
    userEmail: 'adele@example.com',
    userName: 'Adele',
    successfulDeviceCount: 1,
  });
  const scriptId = await create(caller, 'deviceManagementScripts', {
    displayName: 'Sample: say hello',
    description: 'Writes one line of output.',
    fileName: 'hello.ps1',
    scriptContent: base64("Write-Output 'Hello from Muster'"),
    runAsAccount: 'system',
  });
  return { hardwareConfigurationId, userStateId, scriptId };
}

async function create(caller: SampleCaller, path: string, entity: object): Promise<string> {
  const response = await caller.handle({
    method: 'POST',
    target: `/beta/deviceManagement/${path}`,
    headers: { authorization: `Bearer ${caller.token}`, 'content-type': 'application/json', accept: 'application/json' },
    body: Buffer.from(JSON.stringify(entity)),
    origin: caller.origin,
    requestId: uuidV4(),
  });
  const answer = Buffer.from(response.body ?? '').toString();
  if (response.status === 201) return (JSON.parse(answer) as { readonly id: string }).id;
  const message = `The sample could not be made: POST ${path} answered ${response.status}. Start with --sample no to go on without it.`;
  throw new AppError('internal', message, { cause: response.facts?.error ?? answer });
}
