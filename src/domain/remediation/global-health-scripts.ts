import type { Infer } from '../../edm/infer.ts';
import { deviceHealthScript } from '../../model/device-health-script.ts';
import type { Reader } from '../../store/contract.ts';

/** The health scripts that every tenant can have from the service, version by version. They look and tidy, and harm nothing. */

interface GlobalScript {
  readonly displayName: string;
  readonly description: string;
  /** The text of each version: version 1 first. */
  readonly versions: readonly { readonly detection: string; readonly remediation: string }[];
}

const freeSpace = (gigabytes: number) => ({
  detection: `$free = (Get-PSDrive -Name C).Free / 1GB
Write-Output "$([math]::Round($free, 1)) GB free"
if ($free -lt ${gigabytes}) { exit 1 }
exit 0
`,
  remediation: `Get-ChildItem -Path $env:TEMP -File -Recurse -ErrorAction SilentlyContinue |
  Where-Object LastWriteTime -lt (Get-Date).AddDays(-30) |
  Remove-Item -ErrorAction SilentlyContinue
exit 0
`,
});

const timeService = (startType: string) => ({
  detection: `$service = Get-Service -Name W32Time
Write-Output "$($service.Name) is $($service.Status)"
if ($service.Status -ne 'Running') { exit 1 }
exit 0
`,
  remediation: `Set-Service -Name W32Time -StartupType ${startType}
Start-Service -Name W32Time
exit 0
`,
});

const GLOBAL_SCRIPTS: readonly GlobalScript[] = [
  {
    displayName: 'Keep free space on the system drive',
    description: 'Finds devices that run out of space on drive C and removes temporary files older than 30 days.',
    versions: [freeSpace(5), freeSpace(10)],
  },
  {
    displayName: 'Keep the time service running',
    description: 'Finds devices whose Windows Time service has stopped and starts it.',
    versions: [timeService('Manual'), timeService('Automatic')],
  },
];

type Script = Infer<typeof deviceHealthScript>;

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** What a version of a global script sets, or undefined where there is no such version. */
export function globalVersion(displayName: string | null, version: string): Partial<Script> | undefined {
  const index = /^[1-9]\d?$/.test(version) ? Number(version) - 1 : -1;
  const content = GLOBAL_SCRIPTS.find((script) => script.displayName === displayName)?.versions[index];
  if (content === undefined) return undefined;
  return { version, detectionScriptContent: base64(content.detection), remediationScriptContent: base64(content.remediation) };
}

/** The global scripts in their first version, as a tenant gets them. */
export const globalScripts: readonly Partial<Script>[] = GLOBAL_SCRIPTS.map(({ displayName, description, versions }) => ({
  displayName,
  description,
  publisher: 'Muster',
  isGlobalScript: true,
  highestAvailableVersion: String(versions.length),
  ...globalVersion(displayName, '1')!,
}));

/** Whether the tenant has the global scripts. */
export const hasGlobalScripts = async (reader: Reader): Promise<boolean> =>
  (await reader.count({ from: deviceHealthScript, scope: { isGlobalScript: true } })) > 0;
