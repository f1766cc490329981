// node serve.js DATABASE [deploy]: serves `model.cds` as the framework does by itself, and prints one JSON line when it accepts
// requests; or makes its tables.

process.env.NODE_ENV = 'production'; // read when the framework is loaded
const { default: cds } = await import('@sap/cds');

const MODEL = 'model.cds';
const [url, task] = process.argv.slice(2);

cds.root = import.meta.dirname;
await cds.plugins;
cds.env.requires.db.credentials.url = url;

if (task === 'deploy') {
  const db = await cds.connect.to('db');
  await cds.deploy(MODEL).to(db);
  await db.disconnect();
} else {
  const server = await cds.server({ from: MODEL, service: 'all', port: 0 });
  // No less than the other servers have; SQLite's own page cache would be 2 MB.
  await cds.run('PRAGMA cache_size = -65536');
  await cds.run('PRAGMA wal_autocheckpoint = 8000');
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  server.keepAliveTimeout = 60_000; // with the default of five seconds a run of batches broke off, as a connection was closed
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: `http://127.0.0.1:${server.address().port}` })}\n`);
  process.once('SIGTERM', () => process.exit(0));
}
