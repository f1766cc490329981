import { AppError } from '../lib/app-error.ts';

/** The longest that a read may take when nobody says it, its waiting included, in milliseconds. */
export const READ_TIMEOUT_MS = 30_000;

/**
 * A signal that ends a read after a time, or when another one does.
 * @param reason of its end when the time is over
 * @returns `clear` to be called when the read has ended
 */
export function endingAfter(
  milliseconds: number,
  other: AbortSignal | undefined,
  reason: () => AppError = tookTooLong,
): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason()), milliseconds);
  const end = () => controller.abort(other!.reason);
  if (other?.aborted === true) end();
  else other?.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      other?.removeEventListener('abort', end);
    },
  };
}

/** The error of a read that was ended. */
export const tookTooLong = (cause?: unknown): AppError =>
  new AppError(
    'storeUnavailable',
    'The read took longer than --read-timeout allows. Ask for less at once, or with a condition that an index serves.',
    {
      cause,
    },
  );
