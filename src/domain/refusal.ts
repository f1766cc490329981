import { AppError, type ErrorCode } from '../lib/app-error.ts';

/** What is wrong with one of several things that a client sends: the others are none the worse for it. All else is thrown, and ends the work. */
const OF_ONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalidUrl',
  'invalidKey',
  'invalidValue',
  'missingProperty',
  'unknownSegment',
  'notFound',
  'alreadyExists',
  'referencedMissing',
]);

/**
 * Looks whether one of several things is possible.
 * @param look changes nothing, so that the others can go on when it throws
 * @returns what it found, or why the thing is impossible
 */
export async function orRefusal<T>(look: () => T | Promise<T>): Promise<T | AppError> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AppError && OF_ONE.has(error.code)) return error;
    throw error;
  }
}

/** Whether it was possible. */
export const isPossible = <T>(outcome: T | AppError): outcome is T => !(outcome instanceof AppError);

/** @throws the refusal, if it is one */
export function orThrow<T>(outcome: T | AppError): T {
  if (!isPossible(outcome)) throw outcome;
  return outcome;
}
