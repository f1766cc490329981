import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { created, createdPath, HARDWARE, hardwareBody } from '../support/sample-bodies.ts';

/** Conditions that differ in their texts alone share what was bound for the first of them; each must still find what its own texts say. */

const NAMES = ['a', 'b', "it's", "''", "' or deviceName eq '", 'a+b', 'a b', '50%', '%27', '#1', 'x&y=z', '(', ',', 'ä€😀', 'fail', 'null'];
const STATES = ['success', 'fail', 'pending'];

interface Device {
  readonly deviceName: string;
  readonly upn: string;
  readonly configurationState: string;
}

let api: InProcessApi;
let path: string;
const devices: Device[] = NAMES.map((deviceName, i) => ({
  deviceName,
  upn: NAMES[(i * 7 + 3) % NAMES.length]!,
  configurationState: STATES[i % STATES.length]!,
}));
beforeAll(async () => {
  api = await startInProcessApi();
  path = `${await createdPath(api, HARDWARE, hardwareBody())}/deviceRunStates`;
  for (const device of devices) await created(api, path, { ...device });
});
afterAll(() => api.close());

type Texts = readonly [string, string];

/** A condition over two texts, and what it means. `quoted` puts a text between quotes. */
interface Form {
  write(texts: readonly [string, string]): string;
  holds(device: Device, texts: Texts): boolean;
  /** What the second text is one of. */
  readonly second?: readonly string[];
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const FORMS: readonly Form[] = [
  { write: ([a]) => `deviceName eq ${a}`, holds: (d, [a]) => d.deviceName === a },
  { write: ([a]) => `${a} eq deviceName`, holds: (d, [a]) => d.deviceName === a },
  { write: ([a, b]) => `deviceName eq ${a} or deviceName eq ${b}`, holds: (d, texts) => texts.includes(d.deviceName) },
  { write: ([a, b]) => `deviceName ne ${a} and upn eq ${b}`, holds: (d, [a, b]) => d.deviceName !== a && same(d.upn, b) },
  { write: ([a, b]) => `deviceName in (${a},${b})`, holds: (d, texts) => texts.includes(d.deviceName) },
  {
    write: ([a, b]) => `not (deviceName eq ${a}) and contains(deviceName,${b})`,
    holds: (d, [a, b]) => d.deviceName !== a && d.deviceName.includes(b),
  },
  {
    write: ([a, b]) => `deviceName eq ${a} or configurationState eq ${b}`,
    holds: (d, [a, b]) => d.deviceName === a || d.configurationState === b,
    second: STATES,
  },
];

const ENCODINGS: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  // As URL objects leave it: what is harmless stays, quotes above all.
  (text) => encodeURIComponent(text).replaceAll('%27', "'").replaceAll('%2C', ',').replaceAll('%3D', '='),
  (text) => encodeURI(text).replaceAll('&', '%26').replaceAll('#', '%23').replaceAll('+', '%2B'),
];

it('find what their own texts say', async () => {
  const text = fc.constantFrom(...NAMES);
  const question = fc
    .record({ form: fc.constantFrom(...FORMS), encode: fc.constantFrom(...ENCODINGS), first: text, any: fc.nat() })
    .map(({ form, encode, first, any }) => {
      const seconds = form.second ?? NAMES;
      return { form, encode, texts: [first, seconds[any % seconds.length]!] as const };
    });
  await fc.assert(
    fc.asyncProperty(question, async ({ form, encode, texts }) => {
      const [a, b] = texts.map((one) => `'${one.replaceAll("'", "''")}'`) as [string, string];
      const answer = await api.request('GET', `${path}?$filter=${encode(form.write([a, b]))}`);
      expect(answer.status, answer.text).toBe(200);
      const found = answer.body.value.map((device: Device) => device.deviceName);
      expect(found.toSorted()).toEqual(
        devices
          .filter((d) => form.holds(d, texts))
          .map((d) => d.deviceName)
          .toSorted(),
      );
    }),
    { numRuns: propertyRuns(300) },
  );
});

it('are refused for what their own texts are', async () => {
  const ask = (condition: string, headers = {}) => api.request('GET', `${path}?$filter=${condition}`, { headers });
  expect((await ask("configurationState eq 'fail'")).status).toBe(200);
  expect((await ask("configurationState eq 'nothing'")).status).toBe(400);
  expect((await ask("lastStateUpdateDateTime gt '2020-01-01T00:00:00Z'")).status).toBe(200);
  expect((await ask("lastStateUpdateDateTime gt 'yesterday'")).status).toBe(400);
  expect((await ask("deviceName eq 'a'")).status).toBe(200);
  expect((await ask("deviceName eq '%ff'")).status).toBe(400);
});

it('are bound anew for a client that knows more members of enumerations', async () => {
  const ask = async (name: string, headers = {}) =>
    (await api.request('GET', `${path}?$filter=deviceName eq '${name}'`, { headers })).body.value.length;
  const knowing = { prefer: 'include-unknown-enum-members' };
  expect([await ask('a'), await ask('none'), await ask('b', knowing), await ask('none', knowing)]).toEqual([1, 0, 1, 0]);
});
