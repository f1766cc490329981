import { get } from 'node:http';
import { AppError } from '../src/lib/app-error.ts';
import { median } from './measure.ts';
import { residentBytes } from './process-usage.ts';
import { type SpawnOptions, spawnServer } from './spawned-server.ts';

/** How a server starts on data that is there, and what it holds when nobody asks. */
export interface StartUp {
  /** From the start of the process to its first answer, in milliseconds: median of the starts. */
  readonly firstAnswerMs: number;
  /** Memory in RAM after the rest, in bytes: median of the starts. */
  readonly idleBytes: number | undefined;
}

const REST_MS = 3000;

/** Starts a server several times and asks it once each time. @throws internal when it does not answer 200 */
export async function measureStartUp(options: SpawnOptions, starts: number): Promise<StartUp> {
  const times: number[] = [];
  const sizes: number[] = [];
  for (let i = 0; i < starts; i++) {
    const startedAt = performance.now();
    const server = await spawnServer(options);
    await answers200(`${server.url}/readyz`);
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const size = residentBytes([server.pid]);
    if (size !== undefined) sizes.push(size);
    await server.stop();
  }
  return { firstAnswerMs: median(times), idleBytes: sizes.length === 0 ? undefined : median(sizes) };
}

function answers200(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new AppError('internal', `${url} answers ${response.statusCode} instead of 200.`));
    });
    request.on('error', reject);
  });
}
