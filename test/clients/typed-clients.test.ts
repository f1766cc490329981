import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { metadataText, openApiText } from '../../src/server/routes/describe-api.ts';

/**
 * Clients that public generators make of our own descriptions: one of `$metadata`, one of the OpenAPI document. They are compiled
 * strictly, and work against a real server. The programs that use them are in `typed-clients/`.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const MAIN = join(ROOT, 'src', 'main.ts');

const folder = mkdtempSync(join(tmpdir(), 'muster-typed-clients-'));
const data = join(folder, 'data');
let server: ChildProcess;
let url = '';
let token = '';

/** Runs a program to its end. @returns what it printed */
async function run(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  expect(code, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

async function startServer(): Promise<void> {
  server = spawn(process.execPath, [MAIN, 'serve', '--data', data, '--port', '0', '--json', '--log-level', 'silent'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(server.stdout!), 'line')) as [string];
  ({ url } = JSON.parse(line) as { url: string });
  token = (await run(MAIN, 'token', '--data', data)).trim();
}

beforeAll(async () => {
  cpSync(join(ROOT, 'test/clients/typed-clients'), folder, { recursive: true });
  symlinkSync(MODULES, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'metadata.xml'), metadataText('beta'));
  writeFileSync(join(folder, 'openapi.json'), openApiText('beta', { profile: 'docs', scopeNames: 'both', issuer: undefined }));
  writeFileSync(join(folder, 'tsconfig.odata.json'), '{}');
  await Promise.all([
    startServer(),
    run(join(MODULES, 'oazapfts/dist/cli.js'), '--futureStripLegacyMethods', '--argumentStyle=object', 'openapi.json', 'api.mts'),
    run('--require', join(ROOT, 'test/clients/typed-clients/older-typescript.cjs'), join(MODULES, '@odata2ts/odata2ts/lib/run-cli.js')),
  ]);
  await run(join(MODULES, 'typescript/bin/tsc'), '-p', 'tsconfig.json');
}, 120_000);

afterAll(async () => {
  server?.kill('SIGTERM');
  if (server?.exitCode === null) await once(server, 'exit');
  rmSync(folder, { recursive: true });
});

it('a client made of the OpenAPI document creates, lists, pages, updates, assigns and deletes', async () => {
  expect(JSON.parse(await run('out/use-openapi.mjs', url, token))).toEqual({
    pages: [['typed 1', 'typed 2'], ['typed 3']],
    count: 3,
    version: 2,
    targets: ['#microsoft.graph.groupAssignmentTarget', '#microsoft.graph.allDevicesAssignmentTarget'],
    removed: 204,
    gone: 'ResourceNotFound',
  });
});

it('a client made of $metadata creates, lists, pages, updates, assigns and deletes', async () => {
  expect(JSON.parse(await run('out/use-odata.mjs', url, token))).toEqual({
    pages: [['typed 1', 'typed 2'], ['typed 3']],
    count: 3,
    patched: 200,
    assigned: 204,
    description: 'changed',
    runAs32Bit: true,
    targets: ['g1'],
    removed: 204,
    gone: 404,
  });
});
