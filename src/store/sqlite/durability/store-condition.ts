import type { AppError } from '../../../lib/app-error.ts';

/** At most one change of the condition is told in so many milliseconds, and the last one is told for certain. */
export const CONDITION_TOLD_MS = 1000;

/** What a {@link StoreCondition} tells about itself, once for each change. */
export interface ConditionObserver {
  /** Writes are refused from now on. @param needsRestart whether only another start ends that */
  impaired?(error: AppError, needsRestart: boolean): void;
  /** They are taken again. */
  recovered?(): void;
}

/** Whether writes are taken, as the last group of them found out, and why they are not. */
export class StoreCondition {
  readonly #observer: ConditionObserver;
  #fault: AppError | undefined;
  #fatal: AppError | undefined;
  #mustLeave = false;
  #told: AppError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(observer: ConditionObserver = {}) {
    this.#observer = observer;
  }

  /** Why the last group of writes was refused. */
  get fault(): AppError | undefined {
    return this.#fatal ?? this.#fault;
  }

  /** Why no further one is taken until another start. */
  get fatal(): AppError | undefined {
    return this.#fatal;
  }

  /** Whether the files must stay as they are. */
  get mustLeave(): boolean {
    return this.#mustLeave;
  }

  /** A group was refused. Others may be taken. */
  failed(error: AppError): void {
    this.#fault = error;
    this.#tell();
  }

  /** A group was stored that has really written something. */
  succeeded(): void {
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.#tell();
  }

  /** No further one may be taken: the first reason stays. */
  end(error: AppError): void {
    this.#fatal ??= error;
    this.#tell();
  }

  /** Neither may the files be written to, nor closed, which writes to them: what the disk has kept of them, or who has them, is not known. */
  leave(error: AppError): void {
    this.#mustLeave = true;
    this.end(error);
  }

  #tell(): void {
    const { fault } = this;
    if (this.#timer !== undefined || fault?.message === this.#told?.message) return;
    this.#told = fault;
    if (fault === undefined) this.#observer.recovered?.();
    else this.#observer.impaired?.(fault, this.#fatal !== undefined);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, CONDITION_TOLD_MS).unref();
  }
}
