import { newest } from '../../edm/date-time-offset.ts';
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
import { changing, type OperationRule, reading } from '../operation-rule.ts';
import { healthFamily } from '../policies/families.ts';
import { assignRule } from '../policies/policy-operations.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { seenBy } from '../roles/visibility.ts';
import { deviceStateRules } from '../run-states/run-state-rules.ts';
import { globalScripts, globalVersion, hasGlobalScripts } from './global-health-scripts.ts';
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
