import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { expectServed, makeFixture, restoreDatabase, restoreFolder } from '../support/upgrade-fixture.ts';

/** Databases of released versions, from 0.2.0 on, in this version. Set MUSTER_KEEP_FIXTURE to a version, once, when it is released. */

const KEPT = join(import.meta.dirname, '../fixtures');
const versions = readdirSync(KEPT);

let work: string;
let database: TestDatabase;
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'muster-upgrade-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  rmSync(work, { recursive: true });
  await database.drop();
});

async function expectAllServed(fixture: string): Promise<void> {
  const [folder, beside] = [join(work, 'folder'), join(work, 'beside')];
  restoreFolder(fixture, folder);
  await expectServed(fixture, { data: folder });
  const restored = await createTestDatabase();
  await restoreDatabase(fixture, restored);
  await expectServed(fixture, { data: beside, database: restored.url, secretKeys: join(folder, 'secret-keys.json') });
  await restored.drop();
}

test('databases of this version can be kept, and are served', async () => {
  const { MUSTER_KEEP_FIXTURE: version } = process.env;
  const fixture = version === undefined ? join(work, 'fixture') : join(KEPT, version);
  await makeFixture(fixture, database);
  await expectAllServed(fixture);
});

describe('databases of released versions', () => {
  test('are kept from 0.2.0 on', () => expect(versions).toContain('0.2.0'));
  test.each(versions)('of %s are opened, verified and served', (version) => expectAllServed(join(KEPT, version)));
});
