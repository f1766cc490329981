import type { Infer } from '../../edm/infer.ts';
import { type deviceHealthScriptDeviceState, onDemandRemediation } from '../../model/device-health-script.ts';
import type { Projection } from '../projection.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** Runs of health scripts that were asked for on a device: each stands until the device reports a result of that script. */

const type = onDemandRemediation;

/** Records a request; an older one of the same script is replaced. */
export async function requestRemediation(
  change: UnitOfWork,
  key: { readonly managedDeviceId: string; readonly policyId: string },
): Promise<void> {
  await change.writer.delete({ from: type, scope: key });
  await change.writer.insert(type, { ...key, requestedDateTime: change.now });
}

/** Forgets requests that have been met, or whose device state is gone. */
export const onDemandRemediations: Projection<Infer<typeof deviceHealthScriptDeviceState>> = {
  type,
  async follow({ writer }, [before, after]) {
    if (before?.detectionState !== 'pending') return;
    if (after?.detectionState === 'pending' && after.managedDeviceId === before.managedDeviceId) return;
    const { managedDeviceId, policyId } = before;
    if (managedDeviceId !== null) await writer.delete({ from: type, scope: { managedDeviceId, policyId } });
  },
};
