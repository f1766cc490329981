import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { startDescribedApi } from './described-api.ts';
import type { InProcessApi } from './in-process-api.ts';

/** What suites share in which each test has a tenant of its own. Each suite is a process, so that these are its own. */

export let api: InProcessApi;
export let tenantId: string;
export let token: string;

/** Starts Muster for the suite, and makes a tenant for each of its tests. */
export function useFreshTenants(): void {
  beforeAll(async () => {
    api = await startDescribedApi();
  });
  afterAll(() => api.close());
  beforeEach(async () => {
    tenantId = uuidV4();
    token = await api.token({ tenantId });
  });
}

/** Has the rest of the test send another token. */
export function sendAs(other: string): void {
  token = other;
}

/** Sends a request of the test's tenant, with a body, and with what the client prefers. */
export const send = (method: string, path: string, ...[body, prefer]: readonly [body?: unknown, prefer?: string]) =>
  api.request(method, path, {
    token,
    ...(prefer === undefined ? {} : { headers: { prefer } }),
    ...(body === undefined ? {} : { body }),
  });

/** Creates an entity of the test's tenant. @returns what it was answered with */
export async function create(path: string, body: object): Promise<Record<string, unknown> & { readonly id: string }> {
  const answer = await send('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}
