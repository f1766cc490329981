import { vi } from 'vitest';

/** The host that MSAL asks, by a constant in its source, whether another host is to be trusted. */
const MICROSOFTS = 'https://login.microsoftonline.com/';

/** Leads that name to a server, in this process, as an entry in the hosts file or a proxy does. `vi.restoreAllMocks()` ends it. */
export function withMicrosoftsName(url: string): void {
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
    real(typeof input === 'string' && input.startsWith(MICROSOFTS) ? `${url}/${input.slice(MICROSOFTS.length)}` : input, init),
  );
}
