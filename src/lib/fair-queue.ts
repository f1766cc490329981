import { AppError } from './app-error.ts';

/** A waiter in a {@link FairQueue}. */
interface Waiting<T> {
  readonly resolve: (value: T | Promise<T>) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to the signal. Called at once, so that no waiter leaves the queue twice. */
  readonly stay: () => void;
}

/** How long a queue may get. */
export interface QueueLimits {
  /** Waiters of all tenants together. */
  readonly most: number;
  /** Waiters of one tenant. */
  readonly mostOfTenant: number;
}

/** Seconds that a refused caller is told to wait. */
const RETRY_AFTER = '2';

/** A bounded queue for something scarce. Tenants take turns, however many requests of each wait. */
export class FairQueue<T> {
  readonly #limits: QueueLimits;
  /** By tenant, the one whose turn is next first. */
  readonly #waiting = new Map<string, Waiting<T>[]>();
  #length = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Waits for the tenant's turn.
   * @param signal ends the waiting, with its reason
   * @throws busy when too many wait
   */
  wait(tenantId: string, signal: AbortSignal): Promise<T> {
    const ofTenant = this.#waiting.get(tenantId) ?? [];
    if (this.#length >= this.#limits.most || ofTenant.length >= this.#limits.mostOfTenant) {
      const message = 'Too many requests that take long are waiting. Wait a little, and send the request again.';
      return Promise.reject(new AppError('busy', message, { headers: { 'retry-after': RETRY_AFTER } }));
    }
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const giveUp = (): void => {
      this.#remove(tenantId, waiting);
      reject(signal.reason);
    };
    const waiting: Waiting<T> = { resolve, reject, stay: () => signal.removeEventListener('abort', giveUp) };
    signal.addEventListener('abort', giveUp, { once: true });
    ofTenant.push(waiting);
    this.#waiting.set(tenantId, ofTenant);
    this.#length++;
    return promise;
  }

  /** Gives something to the tenant whose turn it is. @returns false when none waits */
  give(value: T | Promise<T>): boolean {
    const tenantId = this.next(() => true);
    if (tenantId !== undefined) this.giveTenant(tenantId, 1, () => value);
    return tenantId !== undefined;
  }

  /** The tenant whose turn it is, among those that `may` accepts. */
  next(may: (tenantId: string) => boolean): string | undefined {
    for (const tenantId of this.#waiting.keys()) if (may(tenantId)) return tenantId;
    return undefined;
  }

  /** Gives something to a tenant, which then waits behind the others. @param make called for each that gets it, `most` at most */
  giveTenant(tenantId: string, most: number, make: () => T | Promise<T>): void {
    const ofTenant = this.#waiting.get(tenantId) ?? [];
    for (const waiting of ofTenant.slice(0, most)) {
      this.#remove(tenantId, waiting);
      waiting.resolve(make());
    }
    if (ofTenant.length === 0) return;
    this.#waiting.delete(tenantId);
    this.#waiting.set(tenantId, ofTenant);
  }

  /** Rejects all waiters. */
  refuse(error: unknown): void {
    for (const [tenantId, ofTenant] of this.#waiting) {
      for (const waiting of [...ofTenant]) {
        this.#remove(tenantId, waiting);
        waiting.reject(error);
      }
    }
  }

  #remove(tenantId: string, waiting: Waiting<T>): void {
    const ofTenant = this.#waiting.get(tenantId)!;
    ofTenant.splice(ofTenant.indexOf(waiting), 1);
    waiting.stay();
    this.#length--;
    if (ofTenant.length === 0) this.#waiting.delete(tenantId);
  }
}
