import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConfigSources, loadConfig } from './config.ts';
import { environmentNameOf, flagOf, type SettingName, settings } from './settings.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (content: unknown): string => {
  const path = join(folder, 'config.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const load = (sources: Partial<ConfigSources>) => loadConfig({ flags: {}, environment: {}, ...sources });

/** Values that are good alone, by setting; those that need a partner are left out. */
const VALUES: Partial<Record<SettingName, readonly string[]>> = {
  host: ['127.0.0.1', '::', 'localhost'],
  port: ['0', '8080', '65535'],
  data: ['./a', '/b'],
  publicUrl: ['https://a.example', 'http://b.example:81'],
  profile: ['docs', 'service'],
  scopeNames: ['both', 'current', 'pre-2025', 'seeds'],
  otherCollections: ['refuse', 'empty'],
  logLevel: ['silent', 'info', 'trace'],
  trustedProxy: ['10.0.0.0/8', '::1'],
  corsOrigin: ['*', 'https://a.example', 'http://localhost:3000'],
  throttling: ['yes', 'no'],
  throttlingServers: ['1', '3', '100'],
  bodyLimit: ['1KiB', '4MiB', '5000'],
  bodyBudget: ['8MiB', '1GiB', '10000000'],
  drainDelay: ['0', '2', '600'],
  maxConnections: ['1', '4096'],
  metrics: ['yes', 'no', '127.0.0.1:9090', '[::1]:0', 'localhost:1'],
  docs: ['yes', 'no'],
  sample: ['yes', 'no'],
};
const SOURCES = ['flags', 'environment', 'file'] as const;
type Given = Partial<Record<(typeof SOURCES)[number], string>>;

describe('precedence', () => {
  const given = fc.record(
    Object.fromEntries(
      Object.entries(VALUES).map(([name, values]) => {
        const value = fc.constantFrom(...values);
        return [name, fc.record({ flags: value, environment: value, file: value }, { requiredKeys: [] })];
      }),
    ),
  );

  test('flag before environment before file before default, for every setting alone', () => {
    fc.assert(
      fc.property(given, (all) => {
        const flags: Record<string, string> = {};
        const environment: Record<string, string> = {};
        const content: Record<string, string> = {};
        const winners: Record<string, string> = {};
        for (const [name, by] of Object.entries(all) as [string, Given][]) {
          if (by.flags !== undefined) flags[name] = by.flags;
          if (by.environment !== undefined) environment[environmentNameOf(name)] = by.environment;
          if (by.file !== undefined) content[name] = by.file;
          const winner = by.flags ?? by.environment ?? by.file;
          if (winner !== undefined) winners[name] = winner;
        }
        const config = load({ flags, environment, file: file(content) });
        // Giving the winners alone, by flag, must come to the same.
        expect(config).toEqual(load({ flags: winners }));
      }),
    );
  });

  test('defaults', () => {
    expect(load({})).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      profile: 'docs',
      bodyLimit: 4 * 1024 ** 2,
      sample: true,
      audience: [],
    });
    expect(load({ environment: { MUSTER_PORT: '' } }).port).toBe(8080);
  });

  test('the environment can name the file; a flag names another', () => {
    const path = file({ port: 1 });
    expect(load({ environment: { MUSTER_CONFIG: path } }).port).toBe(1);
    expect(() => load({ environment: { MUSTER_CONFIG: path }, file: join(folder, 'none.json') })).toThrow(/none\.json/);
  });
});

test('flags and variables are named after the setting', () => {
  expect([flagOf('publicUrl'), environmentNameOf('publicUrl')]).toEqual(['--public-url', 'MUSTER_PUBLIC_URL']);
  const names = Object.keys(settings);
  expect(new Set(names.map(flagOf)).size).toBe(names.length);
});

test('the file may hold JSON values of their own type, and lists', () => {
  const config = load({ file: file({ port: 1, sample: false, bodyLimit: 2048, trustedProxy: ['10.0.0.1', '::1'] }) });
  expect(config).toMatchObject({ port: 1, sample: false, bodyLimit: 2048, trustedProxy: ['10.0.0.1', '::1'] });
  expect(load({ environment: { MUSTER_TRUSTED_PROXY: '10.0.0.1, ::1' } }).trustedProxy).toEqual(['10.0.0.1', '::1']);
});

describe('what is refused names the key and what is allowed', () => {
  const refused = (sources: Partial<ConfigSources>) => {
    try {
      load(sources);
    } catch (error) {
      return error;
    }
    return undefined;
  };
  test.each<[string, Partial<ConfigSources>, RegExp]>([
    ['a port out of range', { flags: { port: '65536' } }, /--port .*65536.* 0 to 65535/],
    ['a port that is none', { environment: { MUSTER_PORT: 'x' } }, /MUSTER_PORT/],
    ['an unknown profile', { file: { profile: 'x' } as never }, /"profile" in the config file .*docs, service/],
    ['an unknown key', { file: { prot: 1 } as never }, /unknown key "prot".*port/],
    ['a prototype key', { file: '{"__proto__": 1}' }, /unknown key "__proto__"/],
    ['null', { file: { port: null } as never }, /"port"/],
    ['two values for one', { file: { port: [1, 2] } as never }, /once/],
    ['a list in the file', { file: [] as never }, /one JSON object/],
    ['a file that is no JSON', { file: '{' }, /cannot be read as JSON/],
    ['a public URL with a path', { flags: { publicUrl: 'https://a/b' } }, /--public-url/],
    ['a bad range', { flags: { trustedProxy: ['10.0.0.0/33'] } }, /--trusted-proxy/],
    ['an issuer without audience', { flags: { issuer: 'https://a' } }, /--audience/],
    ['an audience without issuer', { flags: { audience: ['a'] } }, /--issuer/],
    ['a certificate without key', { flags: { tlsCert: 'a' } }, /--tls-key/],
  ])('%s', (_, sources, message) => {
    const error = refused(sources.file === undefined ? sources : { ...sources, file: file(sources.file) });
    expect(error).toMatchObject({ code: 'invalidConfiguration', message: expect.stringMatching(message) });
  });

  test('any text is either refused so or understood, in every setting', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(settings) as SettingName[])), fc.string(), (name, text) => {
        const error = refused({ flags: { [name]: text } });
        if (error !== undefined) expect(error).toMatchObject({ code: 'invalidConfiguration' });
        else expect(settings[name].kind.parse(text)).toBeDefined();
      }),
    );
  });
});
