import { expect } from 'vitest';
import type { ErrorCode } from '../../src/lib/app-error.ts';
import type { TestAnswer } from './in-process-api.ts';

/** What a refused request must answer with. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  /** Null: there must be none. Absent: any. */
  readonly target?: string | null;
  /** Part of the message. */
  readonly says?: string | RegExp;
}

/** Things of the server's inside that no client may see: stack frames, source paths, statements, table names. */
const INSIDE = [
  /\n\s+at /,
  /\.(ts|js|mjs):\d+/,
  /node_modules|node:internal|file:\/\//,
  /\b(SELECT .* FROM|INSERT INTO|UPDATE .* SET|DELETE FROM)\b/,
  /sqlite/i,
];

/** Asserts that nothing of the server's inside shows. */
export function expectNoInsides(text: string): void {
  for (const pattern of INSIDE) expect(text).not.toMatch(pattern);
}

/** Asserts that an answer is Graph's error object with this status, code and target, and that it leaks nothing. */
export function expectRefusal(answer: TestAnswer, { status, code, target, says }: Refusal): void {
  expect({ status: answer.status, code: innerCode(answer) }, answer.text).toEqual({ status, code });
  const { error } = answer.body as { error: Record<string, unknown> };
  expect(error).toMatchObject({
    code: expect.stringMatching(/^[A-Z][A-Za-z]+$/),
    message: expect.stringMatching(/\S/),
    innerError: { 'request-id': answer.headers['request-id'], 'client-request-id': expect.any(String), date: expect.any(String) },
  });
  if (target === null) expect(error.target).toBeUndefined();
  else if (target !== undefined) expect(error.target, answer.text).toBe(target);
  if (says !== undefined) expect(error.message).toEqual(expect.stringMatching(says));
  expectNoInsides(answer.text);
}

const innerCode = ({ body }: TestAnswer): unknown =>
  (body as { error?: { innerError?: { code?: unknown } } } | undefined)?.error?.innerError?.code;

/** Asserts that whatever was sent did no harm: no fault of the server's, and no look inside. */
export function expectHarmless(answer: TestAnswer): void {
  expect(answer.status, answer.text).toBeLessThan(500);
  expectNoInsides(answer.status < 400 ? '' : answer.text);
  if (answer.status >= 400)
    expect(answer.body.error, answer.text).toMatchObject({ innerError: { code: expect.not.stringMatching('internal') } });
}
