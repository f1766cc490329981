import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versions } from '../../src/api/request/service-description.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { apiPages } from '../../src/server/routes/api-pages/api-pages.ts';
import { openApiText } from '../../src/server/routes/describe-api.ts';
import { type DescribedOperation, OpenApiDocument } from '../support/openapi-document.ts';
import { runServer, type TestServer } from '../support/running-server.ts';

/** The API pages below `/docs`: complete, without dead links, safe, and true of what the document says. */

const SETTINGS = { profile: 'docs', scopeNames: 'both', issuer: undefined } as const;
const VERSIONS = [...versions.keys()].map((name) => [name, new OpenApiDocument(JSON.parse(openApiText(name, SETTINGS)))] as const);
const documents = new Map(VERSIONS);

const pagesOf = (documentOf: (version: string) => unknown) => {
  const answer = apiPages(async (version) => documentOf(version) as never);
  return (target: string) => answer({ method: 'GET', target, headers: {}, origin: 'http://here', requestId: uuidV4() });
};
const ask = pagesOf((version) => documents.get(version)!.json);
const read = async (target: string): Promise<string> => String((await ask(target)).body);

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');

const linksOf = (page: string): readonly string[] =>
  [...page.matchAll(/href="([^"]*)"/g)].map((match) => unescaped(match[1]!).replace(/#.*/, '')).filter((link) => link !== '');

const pageOf = (version: string, operationId: string): string => `/docs/${version}/operations/${encodeURIComponent(operationId)}`;

/** What stands in the page's block of code with this label, if anything. */
function blockOf(page: string, label: string): string | undefined {
  const block = new RegExp(`aria-label="${label}[^"]*"><code>([^<]*)</code>`).exec(page)?.[1];
  return block === undefined ? undefined : unescaped(block);
}

/** Names of the properties of an object schema, through references and compositions. */
function propertiesOf(document: OpenApiDocument, schema: object): readonly string[] {
  const { $ref, allOf = [], properties = {} } = schema as { $ref?: string; allOf?: object[]; properties?: object };
  const target = $ref === undefined ? [] : [document.json.components.schemas[$ref.split('/').at(-1)!]];
  return [...Object.keys(properties), ...[...target, ...allOf].flatMap((part) => propertiesOf(document, part))];
}

let server: TestServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

/** Far more than there are: a walk that does not end would be a fault. */
const MOST_PAGES = 10_000;

describe('by links from the first page', () => {
  /** Every page that links lead to, by its address. */
  const found = new Map<string, string>();
  const elsewhere = new Set<string>();

  beforeAll(async () => {
    const waiting = new Set(['/docs']);
    for (const target of waiting) {
      const { status, body } = await ask(target);
      expect(status, target).toBe(200);
      found.set(target, String(body));
      for (const link of linksOf(String(body))) (/^\/docs(?:[/?]|$)/.test(link) ? waiting : elsewhere).add(link);
      if (waiting.size > MOST_PAGES) break;
    }
  }, 60_000);

  it.each(VERSIONS)('C28 every operation and schema of %s is found, and the walk ends', (version, { operations, json }) => {
    expect(operations.length).toBeGreaterThan(300);
    expect(operations.filter(({ operationId }) => !found.has(pageOf(version, operationId)))).toEqual([]);
    const schemas = Object.keys(json.components.schemas);
    expect(schemas.filter((name) => !found.has(`/docs/${version}/schemas/${name}`))).toEqual([]);
    expect(found.size).toBeLessThan(MOST_PAGES);
  });

  it('C28 links to other pages lead somewhere, too', async () => {
    expect([...elsewhere].sort()).toEqual(['/beta/$metadata', '/beta/openapi.json', '/v1.0/$metadata', '/v1.0/openapi.json']);
    for (const path of elsewhere) expect((await fetch(server.url + path)).status, path).toBe(200);
  });

  it('C28 no page runs, loads or sends anything elsewhere, and none is large', () => {
    for (const [target, page] of found) {
      expect(page, target).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=|(?:src|action|href)="(?!\/|#main")/);
      expect(page.length, target).toBeLessThan(300_000);
    }
  });
});

describe.each(VERSIONS)('the pages of operations of %s', (version, document) => {
  it('C28 have method, path, permissions, parameters, statuses and each property of the body', async () => {
    for (const operation of document.operations) {
      const page = await read(pageOf(version, operation.operationId));
      const { method, template, permissions, parameters, responses, requestSchema = {} } = operation;
      expect(page).toContain(`<b class="method">${method}</b>`);
      const names = [...permissions, ...parameters, ...Object.keys(responses), ...propertiesOf(document, requestSchema)];
      const missing = [`/${version}${template}`, ...names].filter((name) => !unescaped(page).includes(`<code>${name}</code>`));
      expect(missing, operation.operationId).toEqual([]);
    }
  }, 60_000);

  it('C28 have examples that fit the schemas, once for each body', async () => {
    const examples = new Map<string, [schema: object, example: string | undefined]>();
    const note = (operation: DescribedOperation, page: string): void => {
      const { requestSchema, responses } = operation;
      if (requestSchema !== undefined)
        examples.set(`sent ${JSON.stringify(requestSchema)}`, [requestSchema, blockOf(page, 'Example of a body')]);
      const [, answer] =
        Object.entries(responses).find(([status, { content }]) => Number(status) < 300 && content?.['application/json']) ?? [];
      const schema = answer?.content?.['application/json']?.schema;
      if (schema !== undefined) examples.set(JSON.stringify(schema), [schema, blockOf(page, 'Example of an answer')]);
    };
    for (const operation of document.operations) note(operation, await read(pageOf(version, operation.operationId)));
    expect(examples.size).toBeGreaterThan(30);
    for (const [schema, example] of examples.values()) document.expectFit(schema, JSON.parse(example!));
  }, 60_000);
});

describe('an operation', () => {
  it('C28 has a command line that can be pasted, whatever its path has', async () => {
    const command = async (id: string): Promise<string> => blockOf(await read(pageOf('beta', id)), 'Command line')!;
    expect(await command('deviceManagement.managedDevices.count')).toBe(
      `curl 'http://here/beta/deviceManagement/managedDevices/$count' \\\n  -H "Authorization: Bearer $TOKEN"`,
    );
    expect(await command('deviceManagement.managedDevices.get')).toMatch(/^curl -g '.*\{managedDeviceId\}' /);
    const quoting = documents.get('beta')!.operations.find(({ template }) => template.includes("'"))!;
    expect(await command(quoting.operationId)).toContain(`"http://here/beta${quoting.template}"`);
    expect(await command('deviceManagement.hardwareConfigurations.create')).toMatch(/ -X POST .* -d '\{"displayName":"some text",.*\}'$/s);
  });

  it.each([
    ['deviceManagement.hardwareConfigurations.create', 201],
    ['deviceManagement.deviceManagementScripts.create', 201],
    ['deviceManagement.deviceHealthScripts.create', 201],
    ['deviceManagement.managedDevices.create', 201],
    ['users.create', 201],
    ['batch', 200],
  ])('C28 has an example of the body of %s that the server takes', async (id, status) => {
    const page = await (await fetch(server.url + pageOf('beta', id))).text();
    const { template } = documents.get('beta')!.operations.find(({ operationId }) => operationId === id)!;
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const body = blockOf(page, 'Example of a body')!;
    const answer = await fetch(`${server.url}/beta${template}`, { method: 'POST', headers, body });
    expect(answer.status, await answer.text()).toBe(status);
  });
});

describe('a search', () => {
  const operationsIn = (page: string): number => linksOf(page).filter((link) => link.includes('/operations/')).length;

  it('C28 finds operations and schemas by words of paths, summaries and permissions, in any case and order', async () => {
    const page = await read('/docs?search=UPDATE+%20manageddevices');
    expect(linksOf(page)).toContain('/docs/beta/operations/deviceManagement.managedDevices.update');
    expect(linksOf(page)).not.toContain('/docs/beta/operations/deviceManagement.managedDevices.get');
    expect(linksOf(await read('/docs?version=v1.0&search=graph.managedDevice'))).toContain(
      '/docs/v1.0/schemas/microsoft.graph.managedDevice',
    );
    const permission = 'DeviceManagementScripts.ReadWrite.All';
    const needing = documents.get('beta')!.operations.filter(({ permissions }) => permissions.includes(permission));
    expect(needing.length).toBeGreaterThan(10);
    expect(await read(`/docs?search=${permission}`)).toContain(`${needing.length} operations`);
  });

  it('C28 says that it found nothing, and is the first page without words', async () => {
    expect(await read('/docs?search=nothing-is-called-so')).toContain('0 operations and 0 schemas');
    expect(await read('/docs?search=+')).toBe(await read('/docs'));
  });

  it('C28 is bounded in what it takes and in what it shows', async () => {
    expect(operationsIn(await read('/docs?search=e'))).toBe(100);
    expect((await ask(`/docs?search=${'x'.repeat(100)}`)).status).toBe(200);
    await expect(ask(`/docs?search=${'x'.repeat(101)}`)).rejects.toMatchObject({ code: 'invalidQueryOption', target: 'search' });
  });

  it('C28 shows what was looked for as text', async () => {
    const page = await read(`/docs?search=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
  });
});

it('C28 texts of the document are text, wherever they stand', async () => {
  const evil = `</code></title><script>alert("x")</script>'&\``;
  const { json } = documents.get('v1.0')!;
  const names = new Set(['openapi', '$ref', 'type', 'in', 'operationId', 'tags', 'version']);
  // Every text of it, keys and references excepted, says something evil behind what it says already.
  const spoilt = JSON.parse(JSON.stringify(json), (key, value) => (typeof value === 'string' && !names.has(key) ? value + evil : value));
  const evilPages = pagesOf(() => spoilt);
  const group = encodeURIComponent(`groups${evil}`);
  const operations = ['groups.update', 'groups.list', 'batch'].map((id) => pageOf('v1.0', id));
  for (const target of ['/docs/v1.0', `/docs/v1.0/groups/${group}`, '/docs/v1.0/schemas/microsoft.graph.group', ...operations]) {
    const page = String((await evilPages(target)).body);
    expect(page, target).not.toContain('<script');
    expect(page, target).toContain('&lt;script&gt;');
  }
});

describe('over HTTP', () => {
  const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, init);

  it('C28 pages allow their own style alone, by its hash', async () => {
    const answer = await get('/docs/beta/operations/batch');
    const style = /<style>([^<]*)<\/style>/.exec(await answer.text())![1]!;
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    );
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(style).toContain('prefers-color-scheme:dark');
  });

  it('C28 HEAD and If-None-Match are answered without a body', async () => {
    const whole = await get('/docs/beta/operations/batch');
    const length = Buffer.byteLength(await whole.text());
    const etag = whole.headers.get('etag')!;
    const head = await get('/docs/beta/operations/batch', { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, '']);
    expect(length).toBeGreaterThan(1000);
    const known = await get('/docs/beta/operations/batch', { headers: { 'if-none-match': etag } });
    expect([known.status, known.headers.get('etag'), await known.text()]).toEqual([304, etag, '']);
    expect((await get('/docs', { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('C28 pages are compressed', async () => {
    expect((await get('/docs', { headers: { 'accept-encoding': 'gzip' } })).headers.get('content-encoding')).toBe('gzip');
  });

  it.each([
    '/docs/beta/operations/nope',
    '/docs/beta/operations',
    '/docs/beta/operations/batch/more',
    '/docs/beta/schemas/constructor',
    '/docs/beta/groups/nope',
    '/docs/v2.0',
    '/docs/__proto__',
    '/docs?version=v2.0',
    '/docs/beta/%E0%A4%A',
    '/docs/swagger-ui.css',
  ])('C28 %s is 404, as every other unknown URL', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: 'ResourceNotFound', innerError: { code: 'notFound' } } });
  });

  it('C28 a search that is too long is 400, and pages can only be read', async () => {
    expect((await get(`/docs?search=${'x'.repeat(101)}`)).status).toBe(400);
    const posted = await get('/docs/beta', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('C28 other spellings of the first page', async () => {
    const first = await (await get('/docs')).text();
    for (const path of ['/docs/', '/docs/beta', '/docs/beta/', '/docs?version=beta']) expect(await (await get(path)).text()).toBe(first);
    expect(await (await get('/docs?version=v1.0')).text()).toBe(await (await get('/docs/v1.0')).text());
  });
});

it('C28 a document that could not be read is asked for again', async () => {
  let asked = 0;
  const failing = pagesOf(() => {
    if (++asked === 1) throw new Error('not yet');
    return documents.get('beta')!.json;
  });
  await expect(failing('/docs')).rejects.toThrow('not yet');
  expect((await failing('/docs')).status).toBe(200);
  expect((await failing('/docs/beta/schemas')).status).toBe(200);
  expect(asked).toBe(2);
});
