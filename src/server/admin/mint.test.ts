import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { mint } from './mint.ts';

test('B15 makes no token for the tenant of personal accounts', async () => {
  const data = mkdtempSync(join(tmpdir(), 'muster-mint-'));
  const config = loadConfig({ flags: { data }, environment: {} });
  for (const tenantId of ['9188040d-6c67-4c5b-b112-36a304b66dad', '9188040D-6C67-4C5B-B112-36A304B66DAD'])
    await expect(mint(config, { tenantId })).rejects.toMatchObject({ code: 'invalidValue', target: 'tenantId' });
  rmSync(data, { recursive: true });
});
