import { hash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/domain/doctor/doctor.ts';
import { createVault } from '../../src/domain/secrets/vault.ts';
import { shapeOf } from '../../src/edm/link.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { hardwarePasswordDetail } from '../../src/model/hardware-password.ts';
import { model } from '../../src/model/index.ts';
import { checkDatabase } from '../../src/server/admin/check-database.ts';
import { rotateKeys } from '../../src/server/admin/rotate-keys.ts';
import { loadVault } from '../../src/server/keys/secret-keys.ts';
import type { Store } from '../../src/store/contract.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, rowsOf } from '../support/sample-bodies.ts';

/** Passwords are nowhere on the disk, nowhere in the log, and nobody reads one without a trace. */

const DETAILS = 'deviceManagement/hardwarePasswordDetails';
const INFO = 'deviceManagement/hardwarePasswordInfo';
const EVENTS = 'deviceManagement/auditEvents';
const SECRET = 'Zebra-Quartz-81';
const OLDER = ['Walrus-Onyx-72', 'Heron-Topaz-63'];
const detail = (changes: object = {}) => ({ serialNumber: 'SN-1', currentPassword: SECRET, previousPasswords: OLDER, ...changes });

/** Who read what, oldest first: `type id: properties`. */
async function readsOf(api: InProcessApi): Promise<readonly string[]> {
  const rows = await rowsOf(api, `${EVENTS}?$filter=activityOperationType eq 'Get'&$orderby=activityDateTime,id`);
  return rows.flatMap(({ resources }) =>
    (resources as { type: string; resourceId: string; modifiedProperties: { displayName: string }[] }[]).map(
      (r) => `${r.type} ${r.resourceId}: ${r.modifiedProperties.map(({ displayName }) => displayName).join()}`,
    ),
  );
}

describe('over the API', () => {
  let api: InProcessApi;
  beforeEach(async () => {
    api = await startDescribedApi();
    return () => api.close();
  });

  it('a new password moves the old one in front of the previous ones, unless the client says what these are', async () => {
    const { id } = await created(api, DETAILS, { serialNumber: 'S' });
    const patch = async (body: object) => {
      const { currentPassword, previousPasswords } = (await api.request('PATCH', `${DETAILS}/${id}`, { body })).body;
      return [currentPassword, previousPasswords];
    };
    expect(await patch({ currentPassword: 'one' })).toEqual(['one', []]);
    expect(await patch({ currentPassword: 'two' })).toEqual(['two', ['one']]);
    expect(await patch({ currentPassword: 'two', serialNumber: 'T' })).toEqual(['two', ['one']]);
    expect(await patch({ currentPassword: 'three' })).toEqual(['three', ['two', 'one']]);
    expect(await patch({ currentPassword: null })).toEqual([null, ['three', 'two', 'one']]);
    expect(await patch({ currentPassword: 'four', previousPasswords: [] })).toEqual(['four', []]);
  });

  it('the id of a detail is that of its device: as given, or found by its serial number', async () => {
    const device = await created(api, 'deviceManagement/managedDevices', { serialNumber: 'SN-9' });
    expect((await created(api, DETAILS, detail({ serialNumber: 'SN-9' }))).id).toBe(device.id);
    const given = uuidV4();
    expect((await created(api, DETAILS, detail({ id: given.toUpperCase() }))).id).toBe(given);
    expectRefusal(await api.request('POST', DETAILS, { body: detail({ id: given }) }), { status: 409, code: 'alreadyExists' });
    const found = await api.request('GET', `${DETAILS}?$filter=${encodeURIComponent(`id eq '${given}'`)}`);
    expect(found.body.value).toMatchObject([{ id: given, ...detail() }]);
    await api.request('PATCH', `${DETAILS}/${given}`, { body: { id: uuidV4(), serialNumber: 'X' } });
    expect((await api.request('GET', `${DETAILS}/${given}?$select=id`)).body.id).toBe(given);
  });

  it('every read of a secret is in the audit log, with the reader, the device and what was read', async () => {
    const { id } = await created(api, DETAILS, detail());
    await created(api, DETAILS, { serialNumber: 'none', previousPasswords: null });
    const both = `HardwarePasswordDetail ${id}: currentPassword,previousPasswords`;
    const current = `HardwarePasswordDetail ${id}: currentPassword`;
    const expected = [both]; // the answer to the create
    expect(await readsOf(api)).toEqual(expected);
    for (const [path, read] of [
      [`${DETAILS}/${id}`, both],
      [DETAILS, both],
      [`${DETAILS}?$top=1&$orderby=serialNumber desc`, undefined],
      [`${DETAILS}/${id}?$select=currentPassword`, current],
      [`${DETAILS}?$select=currentPassword,serialNumber`, current],
      [`${DETAILS}/${id}/currentPassword`, current],
      [`${DETAILS}/${id}/currentPassword/$value`, current],
      [`${DETAILS}/${id}/previousPasswords`, `HardwarePasswordDetail ${id}: previousPasswords`],
      [`${DETAILS}/${id}?$select=serialNumber`, undefined],
      [`${DETAILS}/${id}/serialNumber`, undefined],
      [`${DETAILS}/$count`, undefined],
      [`${DETAILS}?$count=true&$top=0`, undefined],
      [`${DETAILS}?$search="SN-1"`, both],
    ] as const) {
      const answer = await api.request('GET', path);
      expect(answer.status, answer.text).toBe(200);
      if (read !== undefined) expected.push(read);
      expect(await readsOf(api), path).toEqual(expected);
      expect(answer.text.includes(SECRET) || answer.text.includes(OLDER[0]!), path).toBe(read !== undefined);
    }
    const [last] = await rowsOf(api, `${EVENTS}?$filter=activityOperationType eq 'Get'&$orderby=activityDateTime desc&$top=1`);
    expect(last).toMatchObject({
      activityType: 'Get HardwarePasswordDetail',
      category: 'Device',
      actor: { auditActorType: 'Application' },
    });
  });

  it('a request of a batch is no other way in', async () => {
    const { id } = await created(api, DETAILS, detail());
    const before = await readsOf(api);
    const requests = [`/${DETAILS}/${id}`, `/${DETAILS}/${id}?$select=serialNumber`].map((url, index) => ({
      id: `${index}`,
      method: 'GET',
      url,
    }));
    const answer = await api.request('POST', '$batch', { body: { requests } });
    expect(answer.text).toContain(SECRET);
    expect(await readsOf(api)).toEqual([...before, `HardwarePasswordDetail ${id}: currentPassword,previousPasswords`]);
  });

  it('an answer that is given again is written down again', async () => {
    const headers = { 'repeatability-request-id': uuidV4(), 'repeatability-first-sent': new Date(api.clock.now()).toUTCString() };
    const [first, second] = [
      await api.request('POST', DETAILS, { body: detail(), headers }),
      await api.request('POST', DETAILS, { body: detail(), headers }),
    ];
    expect([first.status, second.status, second.text]).toEqual([201, 201, first.text]);
    const read = `HardwarePasswordDetail ${first.body.id}: currentPassword,previousPasswords`;
    expect(await readsOf(api)).toEqual([read, read]);
    expect(await rowsOf(api, `${EVENTS}?$filter=activityOperationType eq 'Create'`)).toHaveLength(1);
  });

  it('a client that wants no content back reads nothing', async () => {
    const answer = await api.request('POST', DETAILS, { body: detail(), headers: { prefer: 'return=minimal' } });
    expect(answer.status).toBe(204);
    expect(await readsOf(api)).toEqual([]);
  });

  it('a client that has the state already is told so, without a secret and without an event', async () => {
    const { id } = await created(api, DETAILS, detail());
    const { etag } = (await api.request('GET', `${DETAILS}/${id}`)).headers;
    const reads = await readsOf(api);
    expect((await api.request('GET', `${DETAILS}/${id}`, { headers: { 'if-none-match': etag! } })).status).toBe(304);
    expect(await readsOf(api)).toEqual(reads);
    const plain: Record<string, unknown> = { id, ...detail() };
    const values = shapeOf(hardwarePasswordDetail).visible.map(({ name }) => plain[name]);
    expect(etag).not.toContain(hash('sha1', JSON.stringify(values), 'base64url'));
  });

  it('no answer leaves before its event is in the store', async () => {
    const { id } = await created(api, DETAILS, detail());
    const full: Store = {
      ...api.store,
      read: (tenantId, work) => api.store.read(tenantId, work),
      write: () => Promise.reject(new AppError('storeUnavailable', 'The disk is full.')),
    };
    const broken = await startDescribedApi({ store: full });
    const token = await broken.token({ tenantId: api.tenantId });
    for (const path of [`${DETAILS}/${id}`, DETAILS, `${DETAILS}/${id}/currentPassword/$value`]) {
      const answer = await broken.request('GET', path, { token });
      expectRefusal(answer, { status: 503, code: 'storeUnavailable' });
      expect(answer.text).not.toContain(SECRET);
    }
    expect((await broken.request('GET', `${DETAILS}/${id}?$select=serialNumber`, { token })).status).toBe(200);
  });

  it.each([
    "$filter=currentPassword eq 'x'",
    '$filter=currentPassword ne null',
    "$filter=startswith(currentPassword,'Z')",
    "$filter=previousPasswords/any(p: p eq 'x')",
    '$filter=length(currentPassword) gt 3',
    '$orderby=currentPassword',
    '$orderby=length(currentPassword) desc',
    "$filter=CURRENTPASSWORD in ('x')",
  ])('nothing is found out by asking: %s', async (query) => {
    await created(api, DETAILS, detail());
    const answer = await api.request('GET', `${DETAILS}?${query.replaceAll(' ', '%20')}`);
    expectRefusal(answer, { status: 400, code: 'unsupportedQueryOption' });
    expect(answer.body.error.message).toContain('encrypted');
    expect(answer.text).not.toContain("'x'");
  });

  it.each([
    { currentPassword: 73519046 },
    { previousPasswords: 73519046 },
    { previousPasswords: [73519046] },
    { previousPasswords: '73519046' },
    { currentPassword: '73519046\0' },
    { currentPassword: ['73519046'] },
  ])('a mistake in %j is not repeated to anybody', async (changes) => {
    const answer = await api.request('POST', DETAILS, { body: detail(changes) });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('73519046');
  });

  it('a search looks at serial numbers alone', async () => {
    await created(api, DETAILS, detail());
    for (const word of [SECRET, 'v1', OLDER[0]]) expect(await rowsOf(api, `${DETAILS}?$search="${word}"`)).toEqual([]);
  });

  it('audit events of writes say that a password changed, and not which', async () => {
    const { id } = await created(api, DETAILS, detail());
    await api.request('PATCH', `${DETAILS}/${id}`, { body: { currentPassword: 'Ibex-Garnet-54' } });
    await api.request('DELETE', `${DETAILS}/${id}`);
    const text = JSON.stringify(await rowsOf(api, EVENTS));
    for (const secret of [SECRET, ...OLDER, 'Ibex-Garnet-54', 'v1:']) expect(text).not.toContain(secret);
    const [patch] = await rowsOf(api, `${EVENTS}?$filter=activityOperationType eq 'Patch'`);
    const { modifiedProperties } = (patch!.resources as [{ modifiedProperties: unknown }])[0];
    expect(modifiedProperties).toEqual([
      { displayName: 'currentPassword', oldValue: null, newValue: null },
      { displayName: 'previousPasswords', oldValue: null, newValue: null },
    ]);
  });
});

describe('on the disk', () => {
  let data: string;
  let tenantId: string;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'muster-passwords-'));
  });
  afterAll(() => rm(data, { recursive: true }));

  /** An API on the data folder, and a token of the same tenant each time. */
  const open = async (vault = loadVault({ data, secretKeys: undefined })) => {
    const api = await startDescribedApi({ folder: data, vault: await vault });
    tenantId ??= api.tenantId;
    const token = await api.token({ tenantId });
    const request = (method: string, path: string, body?: unknown) => api.request(method, path, { token, body });
    return { api, request };
  };

  /** Changes rows behind the server's back. */
  const tamper = (sql: string): void => {
    const database = new DatabaseSync(join(data, 'muster.sqlite'));
    expect(database.prepare(sql).run().changes).toBe(1);
    database.close();
  };

  const problems = async (): Promise<Problem[]> => {
    const found: Problem[] = [];
    await checkDatabase({ data, secretKeys: undefined }, (problem) => found.push(problem as Problem));
    return found;
  };

  const ids: string[] = [];

  /** What a text looks like in base64, at each of the three places it can start at. */
  const inBase64 = (plain: Buffer): readonly Buffer[] =>
    [0, 1, 2].map((offset) =>
      Buffer.from(
        Buffer.concat([Buffer.alloc(offset), plain])
          .toString('base64')
          .slice(offset + 2, -4),
      ),
    );

  it('is no plain text, in no file and no form', async () => {
    const { api, request } = await open();
    for (const path of [DETAILS, DETAILS, INFO]) ids.push((await request('POST', path, detail())).body.id);
    const repeatable = { 'repeatability-request-id': uuidV4(), 'repeatability-first-sent': new Date(api.clock.now()).toUTCString() };
    const token = await api.token({ tenantId });
    const kept = await api.request('PATCH', `${DETAILS}/${ids[1]}`, { token, body: { currentPassword: SECRET }, headers: repeatable });
    expect(kept.text).toContain(SECRET); // and this answer is kept for whoever repeats the request
    await request('PATCH', `${DETAILS}/${ids[0]}`, { currentPassword: `${SECRET}-new` });
    const scan = async (): Promise<number> => {
      let bytes = 0;
      for (const name of await readdir(data)) {
        const content = await readFile(join(data, name));
        bytes += content.length;
        for (const text of [SECRET, ...OLDER])
          for (const form of ['utf8', 'utf16le'] as const) {
            const plain = Buffer.from(text, form);
            for (const needle of [plain, Buffer.from(plain.toString('hex')), ...inBase64(plain)])
              expect(content.includes(needle), `${name} holds ${text}`).toBe(false);
          }
      }
      return bytes;
    };
    expect(await scan()).toBeGreaterThan(10_000); // the write-ahead log is there too
    await api.close();
    await scan();
    expect((await stat(join(data, 'secret-keys.json'))).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
    expect(await problems()).toEqual([]);
  });

  it('cannot be stored by a rule that forgot to seal it', async () => {
    const store = await openSqliteStore({ folder: ':memory:', types: model.stored, clock: new FakeClock() });
    const row = { id: uuidV4(), serialNumber: 'S', currentPassword: SECRET, previousPasswords: null };
    const failure = await store.write(uuidV4(), (writer) => writer.insert(hardwarePasswordDetail, row)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'internal' });
    expect(String((failure as Error).message)).not.toContain(SECRET);
    await store.close();
  });

  const blob = (id: string): string => `X'${id.replaceAll('-', '')}'`;

  it('does not open in another row, in another column, or when it was changed; the doctor says where', async () => {
    const [one, other] = ids as [string, string];
    const column = (name: string, id: string) => `(SELECT ${name} FROM hardwarePasswordDetail WHERE id = ${blob(id)})`;
    const set = (change: string) => `UPDATE hardwarePasswordDetail SET ${change} WHERE id = ${blob(one)}`;
    const read = new DatabaseSync(join(data, 'muster.sqlite'));
    const intact = read.prepare(`SELECT currentPassword AS sealed FROM hardwarePasswordDetail WHERE id = ${blob(one)}`).get()!.sealed;
    read.close();
    for (const change of [
      `currentPassword = ${column('currentPassword', other)}`,
      `currentPassword = ${column('previousPasswords', one)}`,
      "currentPassword = substr(currentPassword, 1, length(currentPassword) - 4) || 'AAAA'",
      "currentPassword = 'plain'",
    ]) {
      tamper(set(change));
      const { api, request } = await open();
      for (const path of [`${DETAILS}/${one}`, DETAILS, `${DETAILS}/${one}/currentPassword/$value`]) {
        const answer = await request('GET', path);
        expectRefusal(answer, { status: 500, code: 'secretUnreadable' });
        expect(answer.text).toContain(one);
      }
      expect((await request('GET', `${DETAILS}/${one}?$select=serialNumber,previousPasswords`)).body.previousPasswords.at(-1)).toBe(
        OLDER[1],
      );
      expect((await request('GET', `${DETAILS}/${other}`)).body.currentPassword).toBe(SECRET);
      await api.close();
      const [found, ...others] = await problems();
      expect(others).toEqual([]);
      expect(found).toMatchObject({ tenantId, entity: 'hardwarePasswordDetail', id: one });
      expect(found!.problem).toContain("'currentPassword'");
      tamper(set(`currentPassword = '${intact}'`));
    }
    expect(await problems()).toEqual([]);
  });

  it('does not open with another key, or without any', async () => {
    const { api, request } = await open(Promise.resolve(createVault([new Uint8Array(32)])));
    const answer = await request('GET', `${DETAILS}/${ids[0]}`);
    expectRefusal(answer, { status: 500, code: 'secretUnreadable' });
    expect(answer.text).not.toContain(data);
    expect((await request('GET', `${DETAILS}/${ids[0]}?$select=serialNumber`)).status).toBe(200);
    await api.close();
    const path = join(data, 'secret-keys.json');
    const keys = await readFile(path);
    await rm(path);
    const unreadable = Map.groupBy(await problems(), ({ entity }) => entity);
    expect(unreadable.get('repeatableAnswer')).toHaveLength(1);
    unreadable.delete('repeatableAnswer');
    expect(
      [...unreadable.values()]
        .flat()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([...ids, ...ids].toSorted());
    expect(await readdir(data)).not.toContain('secret-keys.json');
    await writeFile(path, '{"keys":["AAAA"]}');
    await expect(loadVault({ data, secretKeys: undefined })).rejects.toMatchObject({ code: 'corruptStore' });
    await expect(loadVault({ data, secretKeys: join(data, 'none.json') })).rejects.toMatchObject({ code: 'invalidConfiguration' });
    await writeFile(path, keys);
    expect(await loadVault({ data, secretKeys: path })).toBeDefined();
    expect(await problems()).toEqual([]);
  });

  it('is encrypted anew with a new key, and then needs the old one no more', async () => {
    const keysOf = async (): Promise<string[]> => JSON.parse(await readFile(join(data, 'secret-keys.json'), 'utf8')).keys;
    const config = { data, secretKeys: undefined };
    const [old] = await keysOf();
    const { api } = await open();
    await expect(rotateKeys(config)).rejects.toMatchObject({ code: 'dataFolderInUse' });
    await api.close();
    expect(await keysOf()).toEqual([old]);
    expect(await rotateKeys(config)).toEqual({ rows: 4, dropped: 1 }); // with the kept answer
    const [fresh, ...rest] = await keysOf();
    expect([fresh === old, rest]).toEqual([false, []]);
    expect(await problems()).toEqual([]);
    const after = await open();
    expect((await after.request('GET', `${DETAILS}/${ids[0]}`)).body).toMatchObject({
      currentPassword: `${SECRET}-new`,
      previousPasswords: [SECRET, ...OLDER],
    });
    await after.api.close();
  });

  it('keeps every key when a value cannot be decrypted', async () => {
    tamper(`UPDATE hardwarePasswordInfo SET currentPassword = 'v1:0123456789abcdef:AAAA' WHERE id = ${blob(ids[2]!)}`);
    await expect(rotateKeys({ data, secretKeys: undefined })).rejects.toMatchObject({ code: 'secretUnreadable' });
    const { keys } = JSON.parse(await readFile(join(data, 'secret-keys.json'), 'utf8'));
    expect(keys).toHaveLength(2);
    expect(await problems()).toHaveLength(1);
  });
});
