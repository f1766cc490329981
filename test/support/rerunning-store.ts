import { AppError } from '../../src/lib/app-error.ts';
import type { Reader, Store, Writer } from '../../src/store/contract.ts';

class UndoneOnPurpose extends Error {}

/**
 * A store that runs work as often as the contract allows (`store/contract.ts`), so that a test fails when work gathers anything outside
 * its result. Reads run twice. Each write runs once in a transaction that is undone, and then beside a neighbour that fails after a
 * change: the group that both are in is undone, and the write runs again.
 * @param neighbour makes any change
 */
export function rerunningStore(store: Store, neighbour: (writer: Writer) => Promise<void>): Store {
  /** Runs work in a transaction that is undone. */
  const undone = async (tenantId: string, work: (writer: Writer) => Promise<unknown>): Promise<void> => {
    const write = store.write(tenantId, async (writer) => {
      await work(writer).catch(() => undefined); // the real run says what is wrong
      throw new UndoneOnPurpose();
    });
    await write.catch(() => undefined);
  };
  const running = new Set<Promise<unknown>>();
  let closed: Promise<void> | undefined;
  /** Lets a closing store finish what began before. */
  const track = <T>(run: () => Promise<T>): Promise<T> => {
    if (closed !== undefined) return Promise.reject(new AppError('storeUnavailable', 'The store is closed.'));
    const outcome = run();
    running.add(outcome);
    return outcome.finally(() => running.delete(outcome));
  };
  return {
    read: (tenantId, work, options) =>
      track(() =>
        store.read(
          tenantId,
          async (reader: Reader) => {
            await work(reader).catch(() => undefined);
            return work(reader);
          },
          options,
        ),
      ),
    write: (tenantId, work) =>
      track(async () => {
        await undone(tenantId, work);
        const [outcome] = await Promise.allSettled([store.write(tenantId, work), undone(tenantId, neighbour)]);
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      }),
    append: (tenantId, appending) =>
      track(async () => {
        // As a write, whose answer is that to one item; and then for real, with others of its place.
        await undone(tenantId, (writer) => appending.work(writer, [appending.item, appending.item]));
        const [outcome] = await Promise.allSettled([store.append(tenantId, appending), undone(tenantId, neighbour)]);
        if (outcome.status === 'rejected') throw outcome.reason;
        return outcome.value;
      }),
    close: () => {
      closed ??= Promise.allSettled(running).then(() => store.close());
      return closed;
    },
  };
}
