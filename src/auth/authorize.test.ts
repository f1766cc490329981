import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../lib/app-error.ts';
import { authorize } from './authorize.ts';
import type { Principal } from './principal.ts';

const holding = (permissions: readonly string[]): Principal => ({
  tenantId: '00000000-0000-4000-8000-000000000001',
  kind: 'application',
  clientId: 'client',
  subject: 'subject',
  permissions: new Set(permissions),
});

const refusal = (held: readonly string[], accepted: readonly string[], delegatedOnly = false): AppError | undefined => {
  try {
    authorize(holding(held), { permissions: accepted, delegatedOnly });
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};

test('passes exactly when a permission is held that the operation accepts', () => {
  const names = fc.subarray(['A.Read.All', 'A.ReadWrite.All', 'B.Read.All', 'B.ReadWrite.All']);
  fc.assert(
    fc.property(names, names, (held, accepted) => {
      expect(refusal(held, accepted) === undefined).toBe(held.some((name) => accepted.includes(name)));
    }),
  );
});

test('names what is accepted, in the message and in the challenge', () => {
  const error = refusal(['A.Read.All'], ['B.Read.All', 'B.ReadWrite.All']);
  expect(error?.code).toBe('insufficientScope');
  expect(error?.message).toBe('Application must have one of the following scopes: B.Read.All, B.ReadWrite.All');
  expect(error?.headers?.['www-authenticate']).toBe(
    'Bearer realm="", error="insufficient_scope", ' +
      'error_description="Application must have one of the following scopes: B.Read.All, B.ReadWrite.All", scope="B.Read.All B.ReadWrite.All"',
  );
});

test('lets no application pass where only users may', () => {
  expect(refusal(['A.Read.All'], ['A.Read.All'], true)?.message).toMatch(/signed-in user/);
});
