import type { Infer } from '../../edm/infer.ts';
import { type deviceHealthScriptDeviceState, onDemandRemediation } from '../../model/device-health-script.ts';
import type { Projection } from '../projection.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** Requested runs of health scripts on devices. A request lasts until the device reports a result of that script. */

const type = onDemandRemediation;

/** Records a request; an older one of the same script is replaced. */
export async function requestRemediation(
  change: UnitOfWork,
  key: { readonly managedDeviceId: string; readonly policyId: string },
): Promise<void> {
  await change.writer.delete({ from: type, scope: key });
  await change.writer.insert(type, { ...key, requestedDateTime: change.now });
}

/** Removes a request when the device has reported, or its state is removed. */
export const onDemandRemediations: Projection<Infer<typeof deviceHealthScriptDeviceState>> = {
  type,
  async follow({ writer }, [before, after]) {
    if (before?.detectionState !== 'pending') return;
    if (after?.detectionState === 'pending' && after.managedDeviceId === before.managedDeviceId) return;
    const { managedDeviceId, policyId } = before;
    if (managedDeviceId !== null) await writer.delete({ from: type, scope: { managedDeviceId, policyId } });
  },
};
