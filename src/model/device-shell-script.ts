import { action, boolean, duration, int32 } from '../edm/declare.ts';
import { assignment, scriptPolicy } from './script-policy.ts';

/** Shell scripts of macOS. */

export const deviceShellScript = scriptPolicy('deviceShellScript', {
  /** How often the script runs again; the default runs it once. */
  executionFrequency: duration({ default: 'PT0S' }),
  retryCount: int32({ minimum: 0 }),
  blockExecutionNotifications: boolean(),
});

export const assignDeviceShellScript = action('assign', { binding: deviceShellScript, ...assignment });
