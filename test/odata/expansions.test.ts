import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import type { Reader } from '../../src/store/contract.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** `$expand` of many rows: the same as of each row alone, with as many queries as there are expansions. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

async function tenant() {
  const token = await api.token({ tenantId: uuidV4() });
  const send = async (method: string, path: string, body?: object) => {
    const answer = await api.request(method, path, { token, ...(body === undefined ? {} : { body }) });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    return answer.body;
  };
  return { send, create: async (path: string, body: object): Promise<string> => (await send('POST', path, body)).id };
}

/** Runs work and counts the statements that read rows meanwhile. */
async function countingReads<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly reads: number }> {
  const { read } = api.store;
  let reads = 0;
  api.store.read = (tenantId, job) =>
    read.call(api.store, tenantId, (reader) => {
      const counting: Reader = Object.create(reader, {
        select: {
          value: (plan: Parameters<Reader['select']>[0]) => {
            reads += 1;
            return reader.select(plan);
          },
        },
      });
      return job(counting);
    }) as never;
  try {
    return { result: await work(), reads };
  } finally {
    api.store.read = read;
  }
}

interface Item {
  readonly id: string;
  readonly deviceRunStates: readonly Item[];
  readonly 'deviceRunStates@odata.nextLink'?: string;
}

/** Scripts whose states belong to a few devices and users, as many of each as asked for. */
async function scripts(counts: readonly number[]) {
  const { send, create } = await tenant();
  const devices: string[] = [];
  for (const [i, upn] of ['ada@x.example', 'Ada@X.example', 'bob@x.example', null].entries())
    devices.push(await create('deviceManagement/managedDevices', { deviceName: `PC-${i}`, userPrincipalName: upn }));
  for (const count of counts) {
    const script = `${SCRIPTS}/${await create(SCRIPTS, scriptBody())}`;
    const targets = ['a', 'b', 'c']
      .slice(0, count)
      .map((groupId) => ({ target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId } }));
    await send('POST', `${script}/assign`, { deviceManagementScriptAssignments: targets });
    for (let i = 0; i < count; i += 1) {
      const device = devices[(i * 3) % 5];
      const bind = device === undefined ? {} : { 'managedDevice@odata.bind': `deviceManagement/managedDevices/${device}` };
      await create(`${script}/deviceRunStates`, { runState: ['success', 'fail'][i % 2], errorCode: i, ...bind });
    }
  }
  return send;
}

const OPTIONS = [
  '',
  '$top=1',
  '$top=0',
  '$skip=1',
  '$count=true',
  '$orderby=id desc',
  '$select=id',
  '$top=2;$orderby=id desc;$select=id',
] as const;
const STATE_OPTIONS = [...OPTIONS, "$filter=runState eq 'fail'", '$orderby=errorCode desc;$top=2'] as const;
const withOptions = (name: string, ...options: readonly string[]): string => {
  const given = options.filter((option) => option !== '');
  return given.length === 0 ? name : `${name}(${given.join(';')})`;
};

test('what is expanded below many scripts is what is expanded below each', async () => {
  const send = await scripts([0, 1, 5, 3]);
  const ids = (await send('GET', SCRIPTS)).value.map(({ id }: { id: string }) => id);
  const nested = fc.constantFrom(
    '',
    '$expand=managedDevice',
    '$expand=managedDevice($select=deviceName)',
    '$expand=managedDevice($expand=users)',
  );
  const expand = fc
    .record({
      assignments: fc.option(fc.constantFrom(...OPTIONS).map((options) => withOptions('assignments', options))),
      summary: fc.option(fc.constantFrom('runSummary', 'runSummary($select=id)')),
      users: fc.option(
        fc
          .constantFrom(...OPTIONS, '$expand=deviceRunStates', '$expand=deviceRunStates($top=1)')
          .map((o) => withOptions('userRunStates', o)),
      ),
      states: fc.option(fc.tuple(fc.constantFrom(...STATE_OPTIONS), nested).map((options) => withOptions('deviceRunStates', ...options))),
    })
    .map((items) => Object.values(items).filter((item) => item !== null))
    .filter((items) => items.length > 0)
    .map((items) => `$expand=${encodeURIComponent(items.join(','))}`);
  const property = fc.asyncProperty(expand, fc.boolean(), async (options, isNarrow) => {
    const query = isNarrow ? `$select=displayName&${options}` : options;
    const listed = (await send('GET', `${SCRIPTS}?${query}`)).value;
    for (const [i, id] of ids.entries()) {
      const { '@odata.context': _, ...alone } = await send('GET', `${SCRIPTS}/${id}?${query}`);
      expect(withoutContexts(listed[i]), query).toEqual(withoutContexts(alone));
    }
  });
  await fc.assert(property, { numRuns: 150 });
});

/** Contexts and links say where something stands: sealed ones differ from answer to answer. */
function withoutContexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutContexts);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !name.endsWith('@odata.context'));
  return Object.fromEntries(entries.map(([name, inner]) => [name, name.endsWith('@odata.nextLink') ? 'a link' : withoutContexts(inner)]));
}

test('an expansion costs one query, however many rows there are', async () => {
  const path = `${SCRIPTS}?$expand=assignments,runSummary,deviceRunStates($expand=managedDevice)`;
  const few = await scripts([1, 1]);
  const many = await scripts(Array.from({ length: 12 }, () => 2));
  const [small, large] = [await countingReads(() => few('GET', path)), await countingReads(() => many('GET', path))];
  expect(large.result.value).toHaveLength(12);
  expect(
    large.result.value.every((row: Record<string, unknown[]>) => row.assignments!.length === 2 && row.deviceRunStates!.length === 2),
  ).toBe(true);
  expect(large.reads).toBe(small.reads);
});

test('where there is more than an answer may hold, nothing is lost', { timeout: 120_000 }, async () => {
  const { send, create } = await tenant();
  const states: string[] = [];
  for (let policy = 0; policy < 3; policy += 1) {
    const path = `${HARDWARE}/${await create(HARDWARE, hardwareBody())}/deviceRunStates`;
    const made = await Promise.all(Array.from({ length: 1700 }, (_, i) => create(path, { upn: `u${i}@x.example` })));
    states.push(...made);
  }
  const seen: string[] = [];
  const follow = async (first: string, take: (page: { readonly value: readonly Item[] }) => Promise<void>) => {
    for (let url: string | undefined = first; url !== undefined; ) {
      const page = await send('GET', url);
      await take(page);
      url = page['@odata.nextLink']?.slice('http://localhost:8080'.length);
    }
  };
  await follow(`${HARDWARE}?$expand=deviceRunStates($top=1000;$select=id)`, async ({ value }) => {
    for (const row of value) {
      seen.push(...row.deviceRunStates.map(({ id }) => id));
      const rest = row['deviceRunStates@odata.nextLink']?.slice('http://localhost:8080'.length);
      if (rest !== undefined) await follow(rest, async (page) => void seen.push(...page.value.map(({ id }) => id)));
    }
  });
  expect(seen.toSorted()).toEqual(states.toSorted());
});
