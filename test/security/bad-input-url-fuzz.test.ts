import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectHarmless } from '../support/refusal.ts';
import { createdPath, groupBody, HARDWARE, hardwareBody, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** Whatever stands in the URL and the headers: never a status of 5xx, never a look inside. */

let api: InProcessApi;
let paths: readonly string[];

beforeAll(async () => {
  api = await startInProcessApi();
  const hardware = await createdPath(api, HARDWARE, hardwareBody());
  const script = await createdPath(api, SCRIPTS, scriptBody());
  const state = await createdPath(api, `${hardware}/userRunStates`, { upn: 'a@example.com' });
  await createdPath(api, `${hardware}/deviceRunStates`, { upn: 'b@example.com', deviceName: 'PC' });
  const group = await createdPath(api, 'groups', groupBody());
  paths = [
    hardware,
    script,
    state,
    group,
    HARDWARE,
    SCRIPTS,
    'users',
    `${group}/members`,
    `${hardware}/assign`,
    `${hardware}/userRunStates`,
  ].concat(`${script}/deviceRunStates`, `${hardware}/runSummary`, `${hardware}/assignments`, 'deviceManagement/managedDevices');
});
afterAll(() => api.close());

const anyPath = fc.nat().map((n) => paths[n % paths.length]!);

const PIECES = [
  ...[
    'displayName',
    'version',
    'id',
    'roleScopeTagIds',
    'assignments',
    'target',
    'groupId',
    'createdDateTime',
    'userRunStates',
    'upn',
    'policyId',
    '$it',
    'x',
    '@p',
    '$count',
  ],
  ...[
    "'a'",
    '1',
    '-1',
    '1.5',
    'null',
    'true',
    'INF',
    'NaN',
    '2017-01-01T00:00:00Z',
    "duration'PT1S'",
    '00000000-0000-0000-0000-000000000001',
    "microsoft.graph.runState'success'",
    '9223372036854775807',
    '99999999999999999999',
    "binary'YQ=='",
  ],
  ...[
    ' eq ',
    ' ne ',
    ' lt ',
    ' and ',
    ' or ',
    'not ',
    ' in ',
    ' has ',
    ' add ',
    ' div ',
    ' divby ',
    ' mod ',
    ' mul ',
    '-',
    '(',
    ')',
    ',',
    '/',
    ':',
    '/any(x:',
    '/all(x:',
    '/any()',
    '/$count',
    ' desc',
    ' asc',
    '=',
  ],
  ...[
    'contains(',
    'startswith(',
    'substring(',
    'matchesPattern(',
    'length(',
    'year(',
    'now()',
    'round(',
    'cast(',
    'isof(',
    'tolower(',
    'concat(',
    'indexof(',
    'date(',
    'time(',
    'totalseconds(',
    'hassubset(',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '%',
    '\\',
    ';',
    '\u0000',
    '\u{1F600}',
  ],
];

const garble = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
const OPTIONS = [
  '$filter',
  '$orderby',
  '$select',
  '$expand',
  '$top',
  '$skip',
  '$count',
  '$search',
  '$format',
  '$skiptoken',
  '@p',
  'filter',
  '$apply',
  'x',
];
const anyOption = fc.tuple(fc.constantFrom(...OPTIONS), garble).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);

it('garbled query options', () =>
  fc.assert(
    fc.asyncProperty(anyPath, fc.array(anyOption, { minLength: 1, maxLength: 3 }), async (path, options) =>
      expectHarmless(await api.request('GET', `${path}?${options.join('&')}`)),
    ),
    { numRuns: 600 },
  ));

/** Expressions that mostly parse and often bind, to reach the store with odd values. */
const wellFormed = fc.letrec<{ number: string; text: string; date: string; condition: string }>((tie) => {
  const of = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
    fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((texts) => texts.join(''));
  const number = tie('number');
  const text = tie('text');
  const date = tie('date');
  const condition = tie('condition');
  const depth = { maxDepth: 4, depthIdentifier: 'expression' } as const;
  return {
    number: fc.oneof(
      depth,
      fc.constantFrom('version', '0', '1', '-1', '2147483647', '9007199254740993', '1e308', '0.1', 'INF', '-INF', 'NaN', 'null'),
      of('length(', text, ')'),
      of('(', number, fc.constantFrom(' add ', ' sub ', ' mul ', ' div ', ' divby ', ' mod '), number, ')'),
      of(fc.constantFrom('round(', 'floor(', 'ceiling(', '-('), number, ')'),
      of('indexof(', text, ',', text, ')'),
      of(fc.constantFrom('year(', 'day(', 'fractionalseconds(', 'totaloffsetminutes('), date, ')'),
    ),
    text: fc.oneof(
      depth,
      fc.constantFrom('displayName', 'description', 'id', "''", "'a'", "'%25_\\'", "'[', '(a+)+$'", 'null', "'\u{1F600}'"),
      of(fc.constantFrom('tolower(', 'toupper(', 'trim('), text, ')'),
      of('concat(', text, ',', text, ')'),
      of('substring(', text, ',', number, ')'),
      of('substring(', text, ',', number, ',', number, ')'),
    ),
    date: fc.constantFrom(
      'createdDateTime',
      'now()',
      'mindatetime()',
      'maxdatetime()',
      '2017-01-01T00:00:00Z',
      '0001-01-01T00:00:00+14:00',
      '9999-12-31T23:59:59.9999999-14:00',
    ),
    condition: fc.oneof(
      depth,
      fc.constantFrom(
        'perDevicePasswordDisabled',
        'true',
        'null',
        "roleScopeTagIds/any(t:t eq '0')",
        'assignments/any()',
        "userRunStates/all(u:u/upn ne 'x')",
      ),
      of(number, fc.constantFrom(' eq ', ' lt ', ' ge '), number),
      of(text, fc.constantFrom(' eq ', ' ne ', ' gt '), text),
      of(date, fc.constantFrom(' eq ', ' le '), date),
      of(fc.constantFrom('contains(', 'startswith(', 'endswith(', 'matchesPattern('), text, ',', text, ')'),
      of('(', condition, fc.constantFrom(' and ', ' or ', ' eq '), condition, ')'),
      of('not (', condition, ')'),
      of(text, ' in (', text, ',', text, ')'),
    ),
  };
});

it('filters and orders that parse', () =>
  fc.assert(
    fc.asyncProperty(wellFormed.condition, wellFormed.number, fc.boolean(), async (filter, order, descending) => {
      const query = `$filter=${encodeURIComponent(filter)}&$orderby=${encodeURIComponent(order)}${descending ? ' desc' : ''}&$count=true`;
      expectHarmless(await api.request('GET', `${HARDWARE}?${query.replaceAll(' ', '%20')}`));
    }),
    { numRuns: 600 },
  ));

it('garbled paths', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'DELETE', 'PATCH', 'POST', 'PUT', 'HEAD', 'OPTIONS'),
      anyPath,
      fc.array(
        fc.oneof(
          fc.constantFrom(
            '/',
            '../..',
            '%2e',
            '%00',
            '%ff',
            '%',
            "('",
            "')",
            '$value',
            '$ref',
            '$count',
            'microsoft.graph.',
            '@',
            '?',
            '#',
            'assign',
            ' ',
          ),
          fc.string(),
        ),
        { maxLength: 5 },
      ),
      async (...given) => {
        const [method, path, tail] = given;
        const target = `${path}x${tail.join('')}`;
        const answer = await api.request(method, target, { body: '{}' });
        expect(answer.status, answer.text).toBeLessThan(500);
        if (method !== 'HEAD') expectHarmless(answer);
      },
    ),
    { numRuns: 400 },
  ));

it('garbled headers', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        'accept',
        'prefer',
        'if-match',
        'if-none-match',
        'odata-version',
        'odata-maxversion',
        'content-type',
        'authorization',
        'client-request-id',
      ),
      fc.oneof(
        fc.string({ unit: 'binary-ascii' }),
        fc
          .array(
            fc.constantFrom('application/json', '*/*', ';', 'q=', '1', ',', '"', 'W/', '=', 'odata.metadata=', 'full', 'Bearer ', 'a.b.c'),
          )
          .map((a) => a.join('')),
      ),
      anyPath,
      async (name, value, path) => expectHarmless(await api.request('PATCH', path, { body: '{}', headers: { [name]: value } })),
    ),
    { numRuns: 200 },
  ));
