import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../src/lib/app-error.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { residentBytes } from './process-usage.ts';
import { serveProgram, spawnServer, tokenOf } from './spawned-server.ts';

/**
 * `node bench/hostile.ts [seconds] [number…]`: one hostile client after the other, or those whose numbers are given, attacks a server while
 * an honest one reads a policy by its id. Prints what the honest client waits, and the memory of the server before, at most, and a minute
 * after. Targets: 250 ms at p99; memory as it was. The server has answered honest clients before: only then has it the memory that work takes.
 */

const STATES = 1000;
const OUTPUT = 'x'.repeat(4096);
const RECOVERY_MS = 60_000;
/** Honest pages before the first attack, a few at once, and how long the server then rests. */
const WARM_UP_PAGES = 200;
const REST_MS = 15_000;
const MIB = 1024 ** 2;
/** What docs/operations.md has operators set. */
const GIVES_BACK = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/** What a hostile process is told. */
interface Attack {
  readonly name: string;
  readonly port: number;
  readonly token: string;
  readonly policy: string;
  readonly milliseconds: number;
}

const request = (attack: Attack, line: string, body?: string): string =>
  `${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${attack.token}\r\n` +
  (body === undefined ? '\r\n' : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);

const listUrl = ({ policy }: Attack): string => `/beta/deviceManagement/hardwareConfigurations/${policy}/deviceRunStates?$top=1000`;

const batch = (attack: Attack): string => {
  const requests = Array.from({ length: 20 }, (_, id) => ({ id: String(id), method: 'GET', url: listUrl(attack).slice('/beta'.length) }));
  return request(attack, 'POST /beta/$batch', JSON.stringify({ requests }));
};

const names = [...'abcdefghi'];
const doubled = names.map((name, i) => `@${name}=@${names[i + 1] ?? 'j'}%20or%20@${names[i + 1] ?? 'j'}`).join('&');
let n = 0;

/** A connection that sends again whenever an answer has come whole, or as soon as it is closed. */
function attacker({ port }: Attack, [connections, how]: readonly [number, 'reads' | 'mute'], next: () => string): void {
  for (let i = 0; i < connections; i++) open();

  function open(): void {
    const socket = connect(port, '127.0.0.1', () => socket.write(next()));
    let left = 0;
    let head = '';
    socket.on('error', () => undefined);
    socket.on('close', () => setTimeout(open, 20));
    if (how === 'mute') {
      socket.pause();
      return;
    }
    socket.on('data', (chunk) => {
      let data = chunk as Buffer;
      while (data.length > 0) {
        if (left === 0) {
          head += data.toString('latin1');
          const end = head.indexOf('\r\n\r\n');
          if (end < 0) return;
          left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
          data = Buffer.from(head.slice(end + 4), 'latin1');
          head = '';
        }
        const taken = Math.min(left, data.length);
        left -= taken;
        data = data.subarray(taken);
        if (left === 0) socket.write(next());
      }
    });
  }
}

const attacks: Readonly<Record<string, (attack: Attack) => void>> = {
  'batches of 20 large pages, 8 at once': (attack) => attacker(attack, [8, 'reads'], () => batch(attack)),
  'the same, 40 clients that do not read': (attack) => attacker(attack, [40, 'mute'], () => batch(attack)),
  'conditions that are dear for every row': (attack) =>
    attacker(attack, [16, 'reads'], () =>
      request(attack, `GET ${listUrl(attack)}&$filter=@a%20or%20@a&${doubled}&@j=contains(configurationOutput,'y${n++}')`),
    ),
  'aliases that double': (attack) =>
    attacker(attack, [8, 'reads'], () =>
      request(attack, `GET ${listUrl(attack)}&n=${n++}&$filter=@a%20or%20@a&${doubled}&@j=internalVersion%20eq%201`),
    ),
  'a hundred pipelined pages at once': (attack) =>
    attacker(attack, [8, 'mute'], () => request(attack, `GET ${listUrl(attack)}`).repeat(100)),
  'large bodies that never end': (attack) =>
    attacker(attack, [60, 'mute'], () => request(attack, `POST ${listUrl(attack).split('?')[0]}`, 'x'.repeat(4 * MIB - 1)).slice(0, -1)),
  'spellings of a path': (attack) => attacker(attack, [16, 'reads'], () => request(attack, `GET /beta/deviceManagement/${spelling(n++)}`)),
  'wrong secrets': (attack) =>
    attacker(attack, [16, 'reads'], () => {
      const form = `grant_type=client_credentials&client_id=${attack.policy}&client_secret=${n++}&scope=https://graph.microsoft.com/.default`;
      const head = `POST /${attack.policy}/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded`;
      return `${head}\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
    }),
};

const spelling = (number: number): string =>
  [...'hardwareConfigurations'].map((letter, i) => ((number >> (i % 20)) & 1 ? letter.toUpperCase() : letter)).join('');

if (process.send !== undefined) {
  process.once('message', (attack: Attack) => {
    attacks[attack.name]!(attack);
    setTimeout(() => process.exit(0), attack.milliseconds);
  });
} else await measure(Number(process.argv[2] ?? 10) * 1000);

async function measure(milliseconds: number): Promise<void> {
  const work = mkdtempSync(join(import.meta.dirname, '.work-'));
  const folder = join(work, 'data');
  mkdirSync(folder, { mode: 0o700 });
  try {
    await using server = await spawnServer({ program: serveProgram(folder), log: join(work, 'log'), env: GIVES_BACK });
    const token = await tokenOf(folder);
    const send = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${server.url}/beta/deviceManagement/hardwareConfigurations${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new AppError('internal', `${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as Record<string, unknown>;
    };
    const { id } = await send('POST', '', { displayName: 'Attacked', fileName: 'a.cctk', configurationFileContent: 'eA==' });
    for (let at = 0; at < STATES; at += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_, i) =>
          send('POST', `/${id}/deviceRunStates`, { deviceName: `D-${at + i}`, configurationState: 'success', configurationOutput: OUTPUT }),
        ),
      );
    const resident = (): number => residentBytes([server.pid])! / MIB;
    for (let page = 0; page < WARM_UP_PAGES; page += 4)
      await Promise.all(Array.from({ length: 4 }, (_, i) => send('GET', `/${id}/deviceRunStates?$top=${50 * (i + 1)}`)));
    await sleep(REST_MS);
    process.stdout.write(
      '| attack | p50 ms | p99 ms | most ms | MiB before | most | after | after s |\n|---|---|---|---|---|---|---|---|\n',
    );
    const numbers = process.argv.slice(3).map(Number);
    for (const [i, name] of Object.keys(attacks).entries()) {
      if (numbers.length > 0 && !numbers.includes(i + 1)) continue;
      const before = resident();
      let most = before;
      const hostile = fork(import.meta.filename);
      hostile.send({ name, port: Number(new URL(server.url).port), token, policy: id as string, milliseconds } satisfies Attack);
      const ended = once(hostile, 'exit');
      let over = false;
      void ended.then(() => {
        over = true;
      });
      const waits = new LatencyHistogram();
      let longest = 0;
      while (!over) {
        const asked = performance.now();
        await send('GET', `/${id}`).catch((error: unknown) => {
          if (!(error instanceof AppError) || !error.message.includes(' 503 ')) throw error;
        });
        const waited = performance.now() - asked;
        waits.add(waited);
        longest = Math.max(longest, waited);
        most = Math.max(most, resident());
        await sleep(5);
      }
      const endedAt = performance.now();
      while (resident() > before * 1.1 + 20 && performance.now() - endedAt < RECOVERY_MS) {
        await send('GET', `/${id}`);
        await sleep(500);
      }
      const seconds = (performance.now() - endedAt) / 1000;
      const figures = [waits.percentile(0.5), waits.percentile(0.99), longest, before, most, resident(), seconds].map((figure) =>
        figure.toFixed(0),
      );
      process.stdout.write(`| ${name} | ${figures.join(' | ')} |\n`);
    }
    await server.stop();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
