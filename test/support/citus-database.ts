import pg from 'pg';

/** The coordinator of a Citus cluster, given from outside: Citus comes with no package that tests could bring along. */
export const CITUS_URL = process.env.MUSTER_TEST_CITUS_URL;

/** A database of its own on every machine of the cluster. */
export interface CitusDatabase {
  /** At the coordinator. */
  readonly url: string;
  drop(): Promise<void>;
}

let made: Promise<CitusDatabase> | undefined;

/** The database of this test file, which the first that asks for it makes: that takes seconds, so that tests keep apart by tenants. */
export function citusDatabase(): Promise<CitusDatabase> {
  made ??= createCitusDatabase(CITUS_URL!);
  return made;
}

/** Removes what {@link citusDatabase} has made. */
export async function dropCitusDatabase(): Promise<void> {
  await (await made)?.drop();
}

/** @param coordinator the URL of a database there that has the extension and knows the workers; its user may make databases on all of them */
export async function createCitusDatabase(coordinator: string): Promise<CitusDatabase> {
  const name = `muster_test_${process.pid}_${Math.floor(Math.random() * 1e6)}`;
  const at = (host: string, port: string | number, database: string): string => {
    const url = new URL(coordinator);
    url.hostname = host;
    url.port = String(port);
    url.pathname = `/${database}`;
    return url.href;
  };
  const { hostname, port, pathname } = new URL(coordinator);
  const database = pathname.slice(1);
  const known = await run(coordinator, "SELECT nodename, nodeport FROM pg_dist_node WHERE noderole = 'primary' AND groupid <> 0");
  const workers = known.map(({ nodename, nodeport }) => ({ host: String(nodename), port: Number(nodeport) }));
  const all = [{ host: hostname, port: Number(port || 5432) }, ...workers];
  for (const node of all) {
    await run(at(node.host, node.port, database), `CREATE DATABASE ${name}`);
    await run(at(node.host, node.port, name), 'CREATE EXTENSION citus');
  }
  const url = at(hostname, port || 5432, name);
  await run(url, `SELECT citus_set_coordinator_host('${hostname}', ${port || 5432})`);
  for (const worker of workers) await run(url, `SELECT citus_add_node('${worker.host}', ${worker.port})`);
  return {
    url,
    async drop() {
      for (const node of all) await run(at(node.host, node.port, database), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function run(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SET client_min_messages = error');
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
