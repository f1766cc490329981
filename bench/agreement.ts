import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../src/lib/app-error.ts';
import { createClient, expectStatus } from './client.ts';
import { type WorkName, works } from './works.ts';

/** One of the servers that must answer alike. */
export interface Answering {
  readonly url: string;
  readonly token: string;
}

/** Requests of each work that are compared. */
const TRIED = 20;

/** What a client puts before paths. */
const BASE = '/beta/deviceManagement/';

type Content = Record<string, unknown>;

/** What an answer says of the data: without annotations, and without ids of user states, which each server makes in its own way. */
function contentOf(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), function (this: unknown, name: string, value: unknown) {
    const derived = name === 'id' && typeof this === 'object' && this !== null && 'successfulDeviceCount' in this;
    return name.startsWith('@odata.') || derived ? undefined : value;
  });
}

async function ask({ url, token }: Answering, path: string): Promise<unknown> {
  return contentOf(await expectStatus(200, createClient(url, token)('GET', path.slice(BASE.length))));
}

const rowsOf = (content: unknown): readonly Content[] => (content as { readonly value: readonly Content[] }).value;

/** The order of user states is each server's own: each row is compared with what the other says of that user. */
async function compareUserPages(path: string, servers: readonly [Answering, Answering]): Promise<void> {
  for (const [paging, other] of [servers, servers.toReversed()] as [Answering, Answering][]) {
    for (const row of rowsOf(await ask(paging, path)).slice(0, TRIED)) {
      const found = rowsOf(await ask(other, `${path}?$filter=upn%20eq%20'${String(row.upn)}'`));
      if (!isDeepStrictEqual(found, [row])) throw disagreement(path, [row, found]);
    }
  }
}

const disagreement = (path: string, answers: readonly [unknown, unknown]): AppError =>
  new AppError(
    'internal',
    `The servers disagree on ${path}: ${answers.map((answer) => JSON.stringify(answer).slice(0, 1000)).join(' and ')}`,
  );

/** Compares what two servers with the same rows answer to a reading work. @throws internal when they differ */
export async function checkAgreement(work: WorkName, rows: number, servers: readonly [Answering, Answering]): Promise<void> {
  if (works[work].adds > 0) return;
  for (const { path } of works[work].requests(rows).slice(0, TRIED)) {
    if (work === 'R6') {
      await compareUserPages(path, servers);
      continue;
    }
    const [a, b] = [await ask(servers[0], path), await ask(servers[1], path)];
    if (!isDeepStrictEqual(a, b)) throw disagreement(path, [a, b]);
  }
}
