import { newest } from '../../edm/date-time-offset.ts';
import type { Infer } from '../../edm/infer.ts';
import { AppError } from '../../lib/app-error.ts';
import {
  areGlobalScriptsAvailable,
  assignDeviceHealthScript,
  deviceHealthScript,
  deviceHealthScriptAssignment,
  deviceHealthScriptRunSummary,
  enableGlobalScripts,
  getGlobalScriptHighestAvailableVersion,
  getRemediationHistory,
  getRemediationSummary,
  initiateOnDemandProactiveRemediation,
  updateGlobalScript,
} from '../../model/device-health-script.ts';
import type { Reader } from '../../store/contract.ts';
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { healthFamily } from '../policies/families.ts';
import { assignRule } from '../policies/policy-operations.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { seenBy } from '../roles/visibility.ts';
import { deviceStateRules } from '../run-states/run-state-rules.ts';
import { healthScriptId, healthStateOf } from './health-policy-state-rules.ts';
import { healthScriptRules, updateHealthScript } from './health-script-rules.ts';
import { requestRemediation } from './on-demand-remediations.ts';
import { recentDays } from './remediation-days.ts';

/** The operations on health scripts. */
export const healthOperations: readonly OperationRule[] = [
  assignRule(healthFamily, assignDeviceHealthScript),

  reading(areGlobalScriptsAvailable, async ({ reader }) => ((await hasGlobalScripts(reader)) ? 'enabled' : 'notConfigured')),

  changing(enableGlobalScripts, async (change) => {
    if (await hasGlobalScripts(change.writer)) return undefined;
    for (const script of globalScripts) await healthScriptRules.create(change, script);
    return undefined;
  }),

  // Of a script of one's own there is no version above its own.
  reading(getGlobalScriptHighestAvailableVersion, async (_, { bound }) => bound.highestAvailableVersion ?? bound.version),

  changing(updateGlobalScript, async (change, { parameters, bound }) => {
    if (!bound.isGlobalScript) {
      throw new AppError('invalidRequest', 'This script is not a global one. Change it with PATCH.');
    }
    const version = parameters.version ?? bound.highestAvailableVersion!;
    const content = globalVersion(bound.displayName, version);
    if (content === undefined) {
      throw new AppError(
        'invalidValue',
        `There is no version '${version.slice(0, 40)}' of this script. The highest is '${bound.highestAvailableVersion}'.`,
        { target: 'version' },
      );
    }
    await updateHealthScript(change, bound, content);
    return version;
  }),

  reading(getRemediationSummary, async ({ reader }) => {
    let scriptCount = 0;
    let remediatedDeviceCount = 0;
    for await (const { id } of streamRows(reader, { from: deviceHealthScript, scope: {}, properties: ['id'] })) {
      if ((await reader.count({ from: deviceHealthScriptAssignment, scope: { policyId: id } })) > 0) scriptCount += 1;
      const [summary] = await reader.select({
        from: deviceHealthScriptRunSummary,
        scope: { policyId: id, shown: true },
        orderBy: [],
        properties: ['issueRemediatedDeviceCount'],
      });
      remediatedDeviceCount += summary!.issueRemediatedDeviceCount;
    }
    return { scriptCount, remediatedDeviceCount };
  }),

  reading(getRemediationHistory, async ({ reader, now }, { bound }) => {
    const days = await recentDays(reader, now, bound.id);
    const reported = days.map(({ day, remediatedDeviceCount, noIssueDeviceCount, detectFailedDeviceCount }) => ({
      date: day,
      remediatedDeviceCount,
      noIssueDeviceCount,
      detectFailedDeviceCount,
    }));
    return {
      lastModifiedDateTime: days.reduce<string | null>((time, day) => newest(time, day.lastModifiedDateTime), null),
      historyData: reported.filter(({ date: _, ...counts }) => Object.values(counts).some((count) => count !== 0)),
    };
  }),

  // The last result stays to be read; the script's summary counts the device as pending until it reports again.
  changing(initiateOnDemandProactiveRemediation, async (change, { parameters, bound }) => {
    const policyId = await healthScriptId(seenBy(change), parameters.scriptPolicyId, 'scriptPolicyId');
    const key = { policyId, managedDeviceId: bound.id };
    const state = await healthStateOf(change.writer, key);
    const rules = deviceStateRules(healthFamily);
    const awaited = { detectionState: 'pending', expectedStateUpdateDateTime: change.now } as const;
    if (state === undefined) await rules.create(change, { ...key, ...awaited });
    else await rules.update(change, state, awaited);
    await requestRemediation(change, key);
    return undefined;
  }),
];

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
function globalVersion(displayName: string | null, version: string): Partial<Script> | undefined {
  const index = /^[1-9]\d?$/.test(version) ? Number(version) - 1 : -1;
  const content = GLOBAL_SCRIPTS.find((script) => script.displayName === displayName)?.versions[index];
  if (content === undefined) return undefined;
  return { version, detectionScriptContent: base64(content.detection), remediationScriptContent: base64(content.remediation) };
}

/** The global scripts in their first version, as a tenant gets them. */
const globalScripts: readonly Partial<Script>[] = GLOBAL_SCRIPTS.map(({ displayName, description, versions }) => ({
  displayName,
  description,
  publisher: 'Muster',
  isGlobalScript: true,
  highestAvailableVersion: String(versions.length),
  ...globalVersion(displayName, '1')!,
}));

/** Whether the tenant has the global scripts. */
const hasGlobalScripts = async (reader: Reader): Promise<boolean> =>
  (await reader.count({ from: deviceHealthScript, scope: { isGlobalScript: true } })) > 0;
