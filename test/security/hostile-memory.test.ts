import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';

/** Nothing that a client sends makes the server keep more than a bound (docs/limits.md). */

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.close());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use that a collection does not free. */
function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const MIB = 1024 ** 2;
const SCRIPTS = '/beta/deviceManagement/deviceManagementScripts';
const CONFIGURATIONS = '/beta/deviceManagement/hardwareConfigurations';

/** Aliases that double what they stand for: some 8,000 nodes. */
const doubled = 'abcdefghi'
  .split('')
  .map((name, i, all) => `@${name}=@${all[i + 1] ?? 'j'} or @${all[i + 1] ?? 'j'}`)
  .join('&');

/** A query that differs with its number. */
const queries: readonly (readonly [string, (n: number) => string])[] = [
  ['doubling aliases', (n) => `${CONFIGURATIONS}?$top=0&n=${n}&$filter=@a or @a&${doubled}&@j=version eq 1 or version eq 2`],
  [
    'long conditions',
    (n) => `${CONFIGURATIONS}?$top=0&$filter=${Array.from({ length: 300 }, (_, i) => `version eq ${n}${i}`).join(' or ')}`,
  ],
  ['long texts', (n) => `${SCRIPTS}?$top=0&$filter=displayName eq '${`${n}`.padEnd(6000, 'x')}'`],
  ['selections', (n) => `${SCRIPTS}?$select=${['id', ...[...n.toString(2)].map((bit, i) => (bit === '1' ? FIELDS[i] : 'id'))].join()}`],
  [
    'orders',
    (n) =>
      `${SCRIPTS}?$top=0&$orderby=${[...n.toString(2)].map((bit, i) => `${FIELDS[i % FIELDS.length]}${bit === '1' ? ' desc' : ''}`).join()}`,
  ],
  ['patterns', (n) => `${SCRIPTS}?$top=0&$filter=matchesPattern(displayName,'(${n}|[a-z]{1,200}){1,4}')`],
  [
    'formats',
    (n) => `${SCRIPTS}?$top=0&$format=application/json;${Array.from({ length: 40 }, () => 'odata.metadata=none').join(';')};x${n}=1`,
  ],
  [
    'nested expansions',
    (n) => `${SCRIPTS}?$top=0&$expand=deviceRunStates($filter=resultMessage eq '${n}'${" or resultMessage eq 'x'".repeat(60)})`,
  ],
];
const FIELDS = [
  'displayName',
  'description',
  'createdDateTime',
  'lastModifiedDateTime',
  'runAsAccount',
  'fileName',
  'enforceSignatureCheck',
  'runAs32Bit',
];

describe('A2 memory that a token for reading can take', () => {
  it.each(queries)('%s', { timeout: 300_000 }, async (_, query) => {
    const ask = (n: number) => api.request('GET', query(n).replaceAll(' ', '%20'));
    const first = await ask(1);
    expect([200, 406], first.text).toContain(first.status);
    const before = heapUsed();
    for (let n = 2; n < 1200; n++) {
      await ask(n);
      await setImmediate();
    }
    await setImmediate();
    expect((heapUsed() - before) / MIB).toBeLessThan(80);
  });

  it('headers of paths that are spelled in another way each time', { timeout: 300_000 }, async () => {
    const ask = (n: number) => {
      const spelled = [...'deviceManagementScripts'].map((letter, i) => ((n >> i) & 1 ? letter.toUpperCase() : letter)).join('');
      return api.request('GET', `/beta/deviceManagement/${spelled}?$top=0`, {
        headers: { 'x-note': Buffer.alloc(14_000, `${n} `).toString() },
      });
    };
    expect((await ask(1)).status).toBe(200);
    const before = heapUsed();
    for (let n = 2; n < 8000; n++) await ask(n);
    await setImmediate();
    expect((heapUsed() - before) / MIB).toBeLessThan(40);
  });
});
