import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DeviceStateBody } from './device-states.ts';
import type { Incoming, Page, Soon, YardstickStore } from './yardstick-store.ts';

/**
 * What Muster is measured against: a bare `node:http` server that answers the same requests from the same data as fast as the
 * database lets it. It knows a handful of URLs by their text and has no OData, no tokens, no validation and no log; what is no
 * JSON ends it. `yardstick-sqlite.ts` and `yardstick-postgres.ts` are the databases. Nothing comes from Muster's own code, so
 * that a change there does not change the yardstick.
 */
export function serveYardstick(store: YardstickStore): void {
  const server = createServer((request, response) => {
    if (request.method !== 'POST') return read(store, request, response);
    readBody(request, (text) => (request.url === '/beta/$batch' ? addBatch : addOne)(store, { url: request.url!, text, response }));
  });
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
  });
  process.once('SIGTERM', () => process.exit(0));
}

const JSON_TYPE = 'application/json';

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, ['Content-Type', JSON_TYPE, 'Content-Length', String(Buffer.byteLength(text))]);
  response.end(text);
}

function readBody(request: IncomingMessage, done: (text: string) => void): void {
  let chunks: Buffer[] | Buffer | undefined;
  request.on('data', (chunk: Buffer) => {
    chunks = chunks === undefined ? chunk : Array.isArray(chunks) ? [...chunks, chunk] : [chunks, chunk];
  });
  request.on('end', () => done(Array.isArray(chunks) ? Buffer.concat(chunks).toString() : (chunks?.toString() ?? '')));
}

interface Post {
  readonly url: string;
  readonly text: string;
  readonly response: ServerResponse;
}

const COLLECTION = '/deviceManagement/hardwareConfigurations/';
const ID_LENGTH = 36;

/** The policy that a URL names. */
const policyOf = (url: string, base: number): string => url.slice(base + COLLECTION.length, base + COLLECTION.length + ID_LENGTH);

const BETA = '/beta'.length;

function addOne(store: YardstickStore, { url, text, response }: Post): void {
  store.add([{ policyId: policyOf(url, BETA), body: JSON.parse(text) as DeviceStateBody }], ([stored]) => send(response, 201, stored!));
}

interface BatchRequest {
  readonly id: string;
  readonly url: string;
  readonly body: DeviceStateBody;
}

/** A JSON batch of POSTs. */
function addBatch(store: YardstickStore, { text, response }: Post): void {
  const { requests } = JSON.parse(text) as { readonly requests: readonly BatchRequest[] };
  const states = requests.map(({ url, body }): Incoming => ({ policyId: policyOf(url, 0), body }));
  store.add(states, (texts) => {
    const answers = texts.map(
      (stored, i) => `{"id":${JSON.stringify(requests[i]!.id)},"status":201,"headers":{"Content-Type":"${JSON_TYPE}"},"body":${stored}}`,
    );
    send(response, 200, `{"responses":[${answers.join()}]}`);
  });
}

type Answer = Soon<Page | string | number | undefined>;

/** What follows the policy in a URL, and what is read then. */
const READS: readonly (readonly [RegExp, (store: YardstickStore, policyId: string, match: RegExpExecArray) => Answer])[] = [
  [/^deviceRunStates\/([0-9a-f-]{36})$/, (store, policyId, [, id]) => store.state(policyId, id!)],
  [/^runSummary$/, (store, policyId) => store.summary(policyId)],
  [/^userRunStates\?\$filter=upn%20eq%20'([^']+)'$/, (store, policyId, [, upn]) => store.user(policyId, decodeURIComponent(upn!))],
  [/^deviceRunStates\/\$count\?\$filter=configurationState%20eq%20'(\w+)'$/, (store, policyId, [, state]) => store.count(policyId, state!)],
  [
    /^deviceRunStates\?\$filter=configurationState%20eq%20'(\w+)'&\$orderby=lastStateUpdateDateTime%20desc(?:&\$skiptoken=(.+))?$/,
    (store, policyId, [, state, after]) => store.newest(policyId, state!, after),
  ],
  [/^userRunStates(?:\?\$skiptoken=(.+))?$/, (store, policyId, [, after]) => store.users(policyId, after)],
];

function read(store: YardstickStore, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url!;
  const policyId = policyOf(url, BETA);
  const rest = url.slice(BETA + COLLECTION.length + ID_LENGTH + 1);
  for (const [form, answer] of READS) {
    const match = form.exec(rest);
    if (match === null) continue;
    const found = answer(store, policyId, match);
    if (found instanceof Promise) void found.then((later) => write(request, response, later));
    else write(request, response, found);
    return;
  }
  send(response, 404, '{}');
}

function write(request: IncomingMessage, response: ServerResponse, found: Awaited<Answer>): void {
  if (found === undefined) send(response, 404, '{}');
  else if (typeof found === 'object') send(response, 200, pageText(request, found));
  else send(response, 200, String(found));
}

function pageText({ url, headers }: IncomingMessage, { texts, next }: Page): string {
  if (next === undefined) return `{"value":[${texts.join()}]}`;
  const base = url!.replace(/[?&]\$skiptoken=.*$/, '');
  const link = `http://${headers.host}${base}${base.includes('?') ? '&' : '?'}$skiptoken=${next}`;
  return `{"@odata.nextLink":${JSON.stringify(link)},"value":[${texts.join()}]}`;
}
