import { text } from 'node:stream/consumers';
import { AppError } from '../src/lib/app-error.ts';
import { capWorks } from './cap-requests.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { LoadConnection } from './load-connection.ts';
import { cpuMicroseconds, diskFlushes } from './process-usage.ts';
import { type Work, type WorkName, type WorkRequest, works } from './works.ts';

/** What to send, and how long. Reaches the load process as JSON on stdin. */
export interface LoadOrder {
  readonly url: string;
  /** The server's processes, whose processor time is taken. */
  readonly pids: readonly number[];
  readonly token: string;
  readonly work: WorkName;
  /** Whose words the requests are in: Graph's when absent. */
  readonly dialect?: 'graph' | 'cap';
  /** Device states in the server's table. */
  readonly rows: number;
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
  /** What of it the processes of a database took that works for the server. */
  readonly databaseCpuPerAnswer?: number;
  /** Flush requests of the disk per second. */
  readonly flushesPerSecond?: number;
  /** Share of one processor that this load process took: near 1 it is the load that is measured, not the server. */
  readonly loadCpu: number;
  /** Answers from first to last, warm-up included. */
  readonly answers: number;
}

function prepareRequest({ path, body }: WorkRequest, { url, token }: LoadOrder): Buffer {
  const shared = `Host: ${new URL(url).host}\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n`;
  if (body === undefined) return Buffer.from(`GET ${path} HTTP/1.1\r\n${shared}\r\n`);
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${shared}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${text}`);
}

/** Whether an answer is what the work says. */
function isRight({ status, holds }: Work, answer: { readonly status: number; readonly body: Buffer }): boolean {
  if (answer.status !== status) return false;
  let at = -1;
  for (let found = 0; found < holds.times; found++) {
    at = answer.body.indexOf(holds.text, at + 1);
    if (at < 0) return false;
  }
  return true;
}

interface Snapshot {
  readonly at: number;
  /** Of all processes, and of those that are a database's. */
  readonly server: number | undefined;
  readonly database: number | undefined;
  readonly load: number;
  readonly flushes: number | undefined;
}

const takeSnapshot = (pids: readonly number[]): Snapshot => {
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    server: cpuMicroseconds(pids),
    database: pids.length < 2 ? undefined : cpuMicroseconds(pids.slice(1)),
    load: user + system,
    flushes: diskFlushes(),
  };
};

/** Keeps `connections` requests in flight until the time is over and every request that was sent is answered. */
async function run(order: LoadOrder): Promise<LoadResult> {
  const work = (order.dialect === 'cap' ? capWorks : works)[order.work]!;
  const requests = work.requests(order.rows).map((request) => prepareRequest(request, order));
  const latencies = new LatencyHistogram();
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
          if (!isRight(work, { status, body })) {
            return reject(new AppError('internal', `${order.work}: answer ${answers} is wrong: ${status} ${body.subarray(0, 500)}`));
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

  const window = async (): Promise<Omit<LoadResult, 'answers'>> => {
    await sleep(order.warmUpSeconds);
    latencies.clear();
    const start = takeSnapshot(order.pids);
    await sleep(order.seconds);
    const end = takeSnapshot(order.pids);
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
      ...(start.database === undefined || end.database === undefined
        ? {}
        : { databaseCpuPerAnswer: (end.database - start.database) / total }),
      ...(start.flushes === undefined || end.flushes === undefined ? {} : { flushesPerSecond: (end.flushes - start.flushes) / seconds }),
    };
  };
  const [measured] = await Promise.all([window(), ...Array.from({ length: order.connections }, drive)]);
  return { ...measured, answers };
}

const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

if (import.meta.main) {
  const order = JSON.parse(await text(process.stdin)) as LoadOrder;
  process.stdout.write(JSON.stringify(await run(order)));
}
