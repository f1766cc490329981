import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { errorAnswers } from '../../src/api/request/error-response.ts';
import { AppError, type ErrorCode, errorMeanings } from '../../src/lib/app-error.ts';
import type { SettingKind } from '../../src/server/config/setting-kind.ts';
import { environmentNameOf, flagOf, type SettingName, settings } from '../../src/server/config/settings.ts';
import { createLog } from '../../src/server/observe/log.ts';
import { createMetrics } from '../../src/server/observe/metrics.ts';
import type { Observation } from '../../src/server/observe/observation.ts';
import { runServer } from '../support/running-server.ts';

/** docs/reference against the source. `npx vitest run --project embedded test/house/references.test.ts -u` writes the generated pages again. */

const ROOT = join(import.meta.dirname, '../..');
const REFERENCE = join(ROOT, 'docs/reference');

const row = (...cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...heads), `|${'---|'.repeat(heads.length)}`, ...rows.map((cells) => row(...cells))].join('\n');
const page = (...parts: readonly string[]): string => `${parts.join('\n\n')}\n`;
const code = (text: string): string => `\`${text}\``;
const LEVELS: Readonly<Record<string, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 };
const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** One of each kind, so that every series exists. Adding a kind without one here does not compile. */
const OBSERVATIONS: { readonly [K in Observation['kind']]: readonly Extract<Observation, { kind: K }>[] } = (() => {
  const request = { method: 'POST', target: '/beta/x', requestId: 'r' };
  const finished = (status: number, error?: AppError): Extract<Observation, { kind: 'requestFinished' }> => ({
    kind: 'requestFinished',
    request,
    response: {
      status,
      headers: {},
      body: '',
      facts: { operation: 'batch', tenantId: 't', clientId: 'c', error, parts: [{ request, response: { status: 200, headers: {} } }] },
    },
    milliseconds: 1,
    clientAddress: '::1',
  });
  const cause = new Error('because', { cause: new Error('of this') });
  const database = (condition: 'available' | 'readOnly' | 'unreachable') => ({ kind: 'databaseChanged', condition, cause }) as const;
  return {
    requestStarted: [{ kind: 'requestStarted' }],
    requestFinished: [
      finished(200),
      finished(404, new AppError('notFound', '')),
      finished(500, new AppError('internal', '')),
      finished(503, new AppError('storeUnavailable', '')),
    ],
    requestAborted: [{ kind: 'requestAborted', requestId: 'r', clientAddress: '::1', cause }],
    connectionRefused: [{ kind: 'connectionRefused', clientAddress: '::1', cause: { code: 'HPE_INVALID_METHOD' } }],
    connectionOverLimit: [{ kind: 'connectionOverLimit' }],
    committed: [{ kind: 'committed', writes: 1, milliseconds: 1 }],
    checkpointed: [{ kind: 'checkpointed', pages: 1, milliseconds: 1 }],
    workFound: [{ kind: 'workFound', works: 1 }],
    workDone: [{ kind: 'workDone', workKind: 'reset', rows: 1, milliseconds: 1 }],
    citusUnused: [{ kind: 'citusUnused' }],
    databaseChanged: [database('available'), database('readOnly'), database('unreachable')],
    warned: [{ kind: 'warned', message: 'warned' }],
    ready: [{ kind: 'ready', url: 'http://127.0.0.1', milliseconds: 1 }],
    logLinesDropped: [{ kind: 'logLinesDropped', lines: 1 }],
    draining: [{ kind: 'draining', signal: 'SIGTERM' }],
    stopped: [{ kind: 'stopped' }],
    writesFail: [{ kind: 'writesFail', cause, needsRestart: false }],
    writesRecovered: [{ kind: 'writesRecovered' }],
    failed: [{ kind: 'failed', what: 'a sweep', cause }],
  };
})();
const everyObservation: readonly Observation[] = Object.values(OBSERVATIONS).flat();

describe('docs/reference', () => {
  it('has every setting', async () => {
    const rows = (Object.keys(settings) as SettingName[]).map((name) => {
      const { kind, description, ...rest } = settings[name];
      const { placeholder, allowed, bare, repeatable }: SettingKind<unknown> = kind;
      const plain = allowed.startsWith('a text') ? placeholder : placeholder === 'seconds' ? `${allowed} (seconds)` : allowed;
      const value = bare === undefined ? plain : `${plain}; the flag alone means ${bare}`;
      return [
        code(flagOf(name)),
        code(environmentNameOf(name)),
        value.replaceAll('*', '\\*'),
        'fallback' in rest ? code(rest.fallback) : repeatable ? 'none' : '–',
        sentence(description).replaceAll('*', '\\*'),
      ];
    });
    await expect(
      page(
        '# Settings',
        'The settings of `muster serve`; other commands take a part of them. A flag wins over the environment variable, which wins over the file that `--config` (`MUSTER_CONFIG`) names, which wins over the default. In the file, `--public-url` is the key `publicUrl`; the value of a repeatable setting is an array there, and a list separated by commas in the environment.',
        table(['flag', 'environment variable', 'value', 'default', 'what it does'], rows),
      ),
    ).toMatchFileSnapshot(join(REFERENCE, 'settings.md'));
  });

  it('has every error', async () => {
    const rows = (Object.keys(errorMeanings) as ErrorCode[]).map((name) => {
      const [status, graphCode] = errorAnswers[name];
      return [code(name), `${status}`, code(graphCode), ...errorMeanings[name]];
    });
    await expect(
      page(
        '# Errors',
        "Errors have the form of Graph errors. `error.code` is the code that Graph clients know; `error.innerError.code` is the finer code below, which never changes its meaning. `error.message` says what to do, and `error.target` names the property, option or segment at fault. Answers of 503 and 429 have the header `Retry-After`. With `--profile service`, `error.code` and `error.message` look like the service's ([profiles.md](../profiles.md)); `innerError.code` stays the same.",
        table(['code', 'status', '`error.code`', 'meaning', 'what the client does'], rows),
      ),
    ).toMatchFileSnapshot(join(REFERENCE, 'errors.md'));
  });

  it('has every metric', async () => {
    const metrics = createMetrics();
    metrics.watchConnections(() => ({ open: 1, idle: 1, waiting: 0 }));
    for (const observation of everyObservation) metrics.observe(observation);
    const text = await metrics.expose();
    const rows = [...text.matchAll(/^# HELP (muster_\w+) (.+)\n# TYPE \w+ (\w+)$/gm)].map(([, name, help, type]) => {
      const series = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm'))];
      expect(series, name).not.toEqual([]);
      const labels = new Set(series.flatMap(([, pairs = '']) => [...pairs.matchAll(/(\w+)="/g)].map(([, label]) => label!)));
      labels.delete('le');
      return [code(name!), type!, [...labels].map(code).join(', ') || '–', sentence(help!)];
    });
    await expect(
      page(
        '# Metrics',
        '`/metrics` exposes these for Prometheus, and the usual `process_*` and `nodejs_*` metrics from the first request to it on. `muster_database_connections` exists only with `--database`. `status` is a class such as `2xx`; `operation` is a short name such as `list` or `create`, never a path. Times are in seconds.',
        table(['name', 'type', 'labels', 'help'], rows),
      ),
    ).toMatchFileSnapshot(join(REFERENCE, 'metrics.md'));
  });
});

describe('docs/reference/log-fields.md', () => {
  const text = readFileSync(join(REFERENCE, 'log-fields.md'), 'utf8');
  const [ofFields, ofLines] = text
    .split(/^## .*$/m)
    .slice(1)
    .map((part) => [...part.matchAll(/^\| `([^|]+)` \|(.*)\|$/gm)]) as [RegExpExecArray[], RegExpExecArray[]];
  const fields = new Set(ofFields.map(([, name]) => name!));
  /** `msg` as written on the page, where … stands for any text. */
  const documented = ofLines.map(([, msg, cells]) => ({
    msg: msg!,
    level: LEVELS[cells!.trim().split(' ')[0]!],
    pattern: new RegExp(`^${msg!.split('…').map(RegExp.escape).join('.*')}$`, 's'),
    fields: new Set([...cells!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)),
  }));

  type Line = Readonly<Record<string, unknown>> & { readonly level: number; readonly msg: string };
  const linesOf = (log: string): Line[] =>
    log
      .split('\n')
      .filter((line) => line.startsWith('{')) // Node warns on stderr, too
      .map((line) => JSON.parse(line));
  /** Fails unless the page has this line with its fields. */
  const look = (line: Line) => {
    const found = documented.find(({ level, pattern }) => level === line.level && pattern.test(line.msg));
    expect(found, line.msg).toBeDefined();
    for (const name of Object.keys(line)) {
      expect(fields, `a field of "${line.msg}"`).toContain(name);
      if (!['level', 'time', 'msg'].includes(name)) expect(found!.fields, line.msg).toContain(name);
    }
    return found!;
  };

  it('has each line of the source and no other, with all fields', () => {
    const source = readFileSync(join(ROOT, 'src/server/observe/log.ts'), 'utf8');
    const seen = new Map<string, Set<string>>();
    let log = '';
    const { observe, close } = createLog('trace', { destination: { write: (line) => (log += line) } });
    for (const observation of everyObservation) observe(observation);
    void close();
    for (const line of linesOf(log)) {
      const { msg } = look(line);
      seen.set(msg, (seen.get(msg) ?? new Set<string>()).union(new Set(Object.keys(line))));
    }
    for (const { msg, fields: listed } of documented) {
      // One line needs a reader that stalls: test/process/log-reader.test.ts.
      if (!seen.has(msg)) expect(source).toContain(`'${msg}'`);
      else expect([...listed].sort(), msg).toEqual([...seen.get(msg)!].filter((name) => !['level', 'time', 'msg'].includes(name)).sort());
    }
    expect(documented.filter(({ msg }) => !seen.has(msg))).toHaveLength(1);
    expect([...fields].sort()).toEqual(['level', 'time', 'msg', ...documented.flatMap((line) => [...line.fields])].filter(unique).sort());
  });

  it('has what a real server writes', async () => {
    let log = '';
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(((chunk: string, done?: () => void) => {
      log += chunk;
      done?.();
      return true;
    }) as typeof process.stderr.write);
    try {
      const server = await runServer({ logLevel: 'trace', sample: 'yes' });
      const url = `${server.url}/beta/deviceManagement/hardwareConfigurations`;
      const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
      await fetch(url);
      await fetch(url, { headers });
      const { value } = (await (await fetch(url, { headers })).json()) as { value: { id: string }[] };
      await fetch(`${url}/${value[0]!.id}`, { method: 'DELETE', headers });
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.resume().end('no HTTP\r\n\r\n');
      await once(socket, 'close');
      await server.stop();
    } finally {
      stderr.mockRestore();
    }
    const seen = new Set(linesOf(log).map((line) => look(line).msg));
    expect(seen).toEqual(seen.union(new Set(['ready', 'request', 'request refused', 'committed', 'no valid HTTP', 'stopped'])));
  });
});

const unique = (name: string, index: number, all: readonly string[]): boolean => all.indexOf(name) === index;
