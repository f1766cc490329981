import { recordSecretReads } from '../../domain/secrets/secret-read.ts';
import type { Reader } from '../../store/contract.ts';
import { callerView, seesEverything } from '../request/caller-view.ts';
import { type Call, type CallRun, runOf } from '../request/context.ts';
import { changeOf } from '../write/write.ts';

/**
 * Runs work on one snapshot of what the caller sees. The secrets that it reads are in the audit log when this resolves.
 * @param work may run again, so all that it gathers is in its `run`
 */
export async function readAsCaller<T>(
  call: Call,
  work: (reader: Reader, run: CallRun, scopeTags?: readonly string[]) => Promise<T>,
): Promise<T> {
  const { store } = call.dependencies;
  const { tenantId } = call.principal;
  const { value, secretsRead } = await store.read(
    tenantId,
    async (reader) => {
      const run = runOf(call);
      const view = seesEverything(call) ? { reader } : await callerView(call, reader);
      return { value: await work(view.reader, run, view.scopeTags), secretsRead: run.secretsRead };
    },
    { signal: call.request.signal, isLong: call.isLong },
  );
  if (secretsRead.length > 0) await store.write(tenantId, (writer) => recordSecretReads(changeOf(call, writer), secretsRead));
  return value;
}
