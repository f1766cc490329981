import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

/**
 * Vitest's global set-up: starts one PostgreSQL for all test files of a run, as soon as the first asks for it, and ends it behind the
 * last, however that went. Test files ask over HTTP, as they run in processes of their own (`test-database.ts`).
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<PostgresServer> | undefined;
  const server = createServer((_, response) => {
    started ??= startPostgres();
    started.then(
      (postgres) => response.end(postgres.url()),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('postgresBroker', (server.address() as { port: number }).port);
  return async () => {
    server.close();
    await (await started?.catch(() => undefined))?.stop();
  };
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The port at which the URL of the run's PostgreSQL is asked for. */
    postgresBroker: number;
  }
}
