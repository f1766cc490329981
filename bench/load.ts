import { text } from 'node:stream/consumers';
import { AppError } from '../src/lib/app-error.ts';
import { deviceStates } from './device-states.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { LoadConnection } from './load-connection.ts';
import { cpuMicroseconds, diskFlushes } from './process-usage.ts';

/** What to send, and how long. Reaches the load process as JSON on stdin. */
export interface LoadOrder {
  readonly url: string;
  /** The server's process, whose processor time is taken. */
  readonly pid: number;
  readonly token: string;
  /** `post` sends device states to the first target; `get` reads the targets in turn. */
  readonly method: 'post' | 'get';
  readonly targets: readonly string[];
  /** The only status that is right. */
  readonly status: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** What came of it; printed as JSON on stdout. Rates, latencies and usage are of the measured window alone. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the server for one answer, in microseconds. */
  readonly cpuPerAnswer?: number;
  /** Flush requests of the disk per second. */
  readonly flushesPerSecond?: number;
  /** Share of one processor that this load process took: near 1 it is the load that is measured, not the server. */
  readonly loadCpu: number;
  /** Answers from first to last, warm-up included. */
  readonly answers: number;
  /** Ids of rows that were made, at most {@link BODIES}. */
  readonly ids: readonly string[];
}

/** How many different requests are sent in turn. */
export const BODIES = 4000;

const ID = Buffer.from('"id":"');

function prepareRequests({ method, targets, url, token }: LoadOrder): readonly Buffer[] {
  const shared = `Host: ${new URL(url).host}\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  if (method === 'get') return targets.map((target) => Buffer.from(`GET ${target} HTTP/1.1\r\n${shared}\r\n`));
  return deviceStates(BODIES).map((state) => {
    const body = JSON.stringify(state);
    const head = `POST ${targets[0]} HTTP/1.1\r\n${shared}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    return Buffer.from(head + body);
  });
}

interface Snapshot {
  readonly at: number;
  readonly server: number | undefined;
  readonly load: number;
  readonly flushes: number | undefined;
}

const takeSnapshot = (pid: number): Snapshot => {
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), server: cpuMicroseconds(pid), load: user + system, flushes: diskFlushes() };
};

/** Keeps `connections` requests in flight until the time is over and every request that was sent is answered. */
async function run(order: LoadOrder): Promise<LoadResult> {
  const requests = prepareRequests(order);
  const latencies = new LatencyHistogram();
  const ids: string[] = [];
  let answers = 0;
  let next = 0;
  let ending = false;

  const drive = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0;
      const connection = new LoadConnection(new URL(order.url), {
        failed: reject,
        answered(status, body) {
          latencies.add(performance.now() - sentAt);
          answers += 1;
          if (status !== order.status) {
            return reject(new AppError('internal', `Answer ${answers} is ${status} instead of ${order.status}: ${body.subarray(0, 500)}`));
          }
          if (order.method === 'post' && ids.length < BODIES) {
            const at = body.indexOf(ID) + ID.length;
            ids.push(body.toString('latin1', at, at + 36));
          }
          if (!ending) return send();
          connection.end();
          resolve();
        },
      });
      const send = (): void => {
        sentAt = performance.now();
        connection.send(requests[next++ % requests.length]!);
      };
      send();
    });

  const window = async (): Promise<Omit<LoadResult, 'answers' | 'ids'>> => {
    await sleep(order.warmUpSeconds);
    latencies.clear();
    const start = takeSnapshot(order.pid);
    await sleep(order.seconds);
    const end = takeSnapshot(order.pid);
    const seconds = (end.at - start.at) / 1000;
    const { total } = latencies;
    const [p50, p99] = [latencies.percentile(0.5), latencies.percentile(0.99)];
    ending = true;
    return {
      perSecond: total / seconds,
      p50,
      p99,
      loadCpu: (end.load - start.load) / 1e6 / seconds,
      ...(start.server === undefined || end.server === undefined ? {} : { cpuPerAnswer: (end.server - start.server) / total }),
      ...(start.flushes === undefined || end.flushes === undefined ? {} : { flushesPerSecond: (end.flushes - start.flushes) / seconds }),
    };
  };
  const [measured] = await Promise.all([window(), ...Array.from({ length: order.connections }, drive)]);
  return { ...measured, answers, ids };
}

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

if (import.meta.main) {
  const order = JSON.parse(await text(process.stdin)) as LoadOrder;
  process.stdout.write(JSON.stringify(await run(order)));
}
