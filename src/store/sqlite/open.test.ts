import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allRows } from '../../../test/support/store-conformance-data.ts';
import { pathTo } from '../../../test/support/store-conformance-expressions.ts';
import { conformanceTypes, group, thing } from '../../../test/support/store-conformance-model.ts';
import { systemClock } from '../../lib/clock.ts';
import { tenant } from '../schema/table.ts';
import { openSqliteReader, openSqliteStore } from './open.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const row = { id: '00000000-0000-7000-8000-000000000001', label: 'x' };
let folder: string;
const options = (more = {}) => ({ folder, types: conformanceTypes, clock: systemClock, ...more });
/** At schema version 1, whatever is published. */
const first = (more = {}) => options({ schema: { version: 1, migrations: [] }, ...more });

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'muster-open-')), 'data');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

describe('openSqliteStore', () => {
  it('makes a folder that only its owner can read', async () => {
    const store = await openSqliteStore(options());
    await store.write(TENANT, (writer) => writer.insert(group, row));
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(folder)).toBe('700');
    for (const name of ['muster.sqlite', 'muster.sqlite-wal', 'muster.lock']) expect(await mode(join(folder, name))).toBe('600');
    await store.close();
  });

  it('refuses a folder that a store of this process holds', async () => {
    const store = await openSqliteStore(options());
    await expect(openSqliteStore(options())).rejects.toMatchObject({ code: 'dataFolderInUse' });
    await expect(openSqliteStore(options())).rejects.toMatchObject({ code: 'dataFolderInUse' });
    await store.close();
    await (await openSqliteStore(options())).close();
  });

  it('refuses a folder that another process holds, until that one is killed', async () => {
    const module = fileURLToPath(new URL('./open.ts', import.meta.url));
    const model = fileURLToPath(new URL('../../../test/support/store-conformance-model.ts', import.meta.url));
    const script = `
      import { openSqliteStore } from ${JSON.stringify(module)};
      import { conformanceTypes, conformanceClock, group } from ${JSON.stringify(model)};
      const store = await openSqliteStore({ folder: ${JSON.stringify(folder)}, types: conformanceTypes, clock: conformanceClock });
      await store.write(${JSON.stringify(TENANT)}, (writer) => writer.insert(group, ${JSON.stringify(row)}));
      process.stdout.write('open');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(openSqliteStore(options())).rejects.toMatchObject({ code: 'dataFolderInUse' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = await openSqliteStore(options());
    expect(await allRows(store, TENANT, group)).toEqual([row]);
    await store.close();
  });

  it('refuses a newer schema, and one that a changed model made', async () => {
    await (await openSqliteStore(options({ schema: { version: 2, migrations: [] } }))).close();
    await expect(openSqliteStore(first())).rejects.toMatchObject({ code: 'schemaTooNew' });
    await expect(openSqliteStore(options({ types: [thing], schema: { version: 2, migrations: [] } }))).rejects.toMatchObject({
      code: 'corruptStore',
    });
  });

  it('migrates an older schema in order, all or nothing', async () => {
    await (await openSqliteStore(first())).close();
    const steps = (second: string) => ({
      version: 3,
      migrations: [
        { version: 3, statements: [second] },
        { version: 2, statements: ['CREATE TABLE step (n INTEGER)'] },
      ],
    });
    await expect(openSqliteStore(options({ schema: steps('INSERT INTO missing VALUES (1)') }))).rejects.toMatchObject({
      code: 'storeUnavailable',
    });
    await expect(openSqliteStore(options({ schema: { version: 2, migrations: [] } }))).rejects.toMatchObject({ code: 'corruptStore' });
    await (await openSqliteStore(options({ schema: steps('INSERT INTO step VALUES (3)') }))).close();
    const database = new DatabaseSync(join(folder, 'muster.sqlite'));
    expect(database.prepare('SELECT n FROM step').all()).toMatchObject([{ n: 3 }]);
    expect(database.prepare('SELECT version FROM schema_version').all()).toMatchObject([{ version: 3 }]);
    database.close();
  });

  it('says that a damaged file is damaged', async () => {
    await (await openSqliteStore(options())).close();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'muster.sqlite'), 'x'.repeat(8192));
    await expect(openSqliteStore(options())).rejects.toMatchObject({ code: 'corruptStore' });
  });

  it('works in memory', async () => {
    const store = await openSqliteStore(options({ folder: ':memory:' }));
    await store.write(TENANT, (writer) => writer.insert(group, row));
    expect(await allRows(store, TENANT, group)).toEqual([row]);
    await store.close();
    await (await openSqliteStore(options())).close(); // so that there is a folder to remove
  });

  it('lets an index serve a page however deep it lies', async () => {
    await (await openSqliteStore(options())).close();
    const database = new DatabaseSync(join(folder, 'muster.sqlite'), { readOnly: true });
    const explain = (text: string) =>
      database
        .prepare(`EXPLAIN QUERY PLAN ${text}`)
        .all()
        .map((step) => String(step.detail))
        .join('; ');
    const query = 'SELECT * FROM thing t0 WHERE tenant_id = 1 AND "made" = 1 AND "id" < x\'00\' ORDER BY "made" DESC, "id" DESC LIMIT 9';
    expect(explain(query)).toBe('SEARCH t0 USING INDEX thing_made (tenant_id=? AND made=? AND id<?)');
    expect(explain('SELECT * FROM thing WHERE tenant_id = 1 AND title = ? AND color = 1')).toContain('thing_title_color');
    const caseless = 'SELECT * FROM thing t0 WHERE tenant_id = 1 AND t0."login" COLLATE NOCASE = ? COLLATE NOCASE ORDER BY id';
    expect(explain(caseless)).toBe('SEARCH t0 USING INDEX thing_login (tenant_id=? AND login=?)');
    database.close();
  });
});

describe('openSqliteReader', () => {
  it('reads beside a running server, and does not write', async () => {
    const server = await openSqliteStore(options());
    await server.write(TENANT, (writer) => writer.insert(group, row));
    const reader = await openSqliteReader(options());
    expect(await allRows(reader, TENANT, group)).toEqual([row]);
    expect((await allRows(reader, '', tenant)).map((t) => t.guid)).toEqual([TENANT]);
    await expect(reader.write(TENANT, async () => 1)).rejects.toMatchObject({ code: 'storeUnavailable' });
    const counts = await reader.read(TENANT, async (r) => [
      await r.count({ from: group, scope: {} }),
      await r.count({ from: thing, scope: {} }),
    ]);
    expect(counts).toEqual([1, 0]);
    await server.write(TENANT, (writer) => writer.update(group, { id: row.id }, { label: 'y' }));
    const labels = await reader.read(TENANT, (r) =>
      r.select({ from: group, scope: {}, orderBy: [{ expression: pathTo(group, 'id'), descending: false }], properties: ['label'] }),
    );
    expect(labels).toEqual([{ label: 'y' }]);
    await reader.close();
    await server.close();
  });

  it('says when there is no data', async () => {
    await expect(openSqliteReader(options())).rejects.toMatchObject({ code: 'storeUnavailable' });
    await (await openSqliteStore(options())).close();
  });
});
