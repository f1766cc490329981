import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { expectRefusal } from '../support/refusal.ts';
import { created, HARDWARE, hardwareBody } from '../support/sample-bodies.ts';

/** Expressions that are short to write and dear to answer are refused as the client's fault, and at once; long honest ones are answered. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
  await created(api, HARDWARE, hardwareBody({ displayName: `${'a'.repeat(40)}!` }));
});
afterAll(() => api.close());

const ask = (query: string) => api.request('GET', `${HARDWARE}?${query.replaceAll(' ', '%20')}`);
const times = (count: number, piece: string | ((index: number) => string)): string[] =>
  Array.from({ length: count }, (_, index) => (typeof piece === 'string' ? piece : piece(index)));

/** Each alias holds the next one twice. */
const doubled = (levels: number, combine: (a: string) => string, end: string): string =>
  times(levels, (index) => `@a${index}=${index === levels - 1 ? end : combine(`@a${index + 1}`)}`).join('&');

describe('answered', () => {
  it.each([
    ['500 alternatives', `$filter=${times(500, 'version eq 1').join(' or ')}`],
    ['1,000 flags', `$filter=${times(999, 'perDevicePasswordDisabled').join(' or ')} or true`],
    ['a list of 5,000', `$filter=version in (${times(5000, String).join(',')})`],
    ['a sum of 200', `$filter=${times(200, 'version').join(' add ')} eq 200`],
    ['90 calls in each other', `$filter=${'trim('.repeat(90)}displayName${')'.repeat(90)} ne null`],
    ['200 words', `$search=${times(199, (index) => `w${index}`).join(' OR ')} OR a`],
    ['10 lambdas in each other', `$filter=${"roleScopeTagIds/any(t:t eq '0' and ".repeat(10)}true${')'.repeat(10)}`],
    ['8 orders', `$orderby=${times(8, (index) => `version add ${index}`).join(',')}`],
  ])('%s', async (_, query) => {
    const answer = await ask(query);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.value).toHaveLength(1);
  });
});

it('as many orders as are allowed still page', async () => {
  const first = await created(api, HARDWARE, hardwareBody({ description: 'second' }));
  const order = times(
    16,
    (index) => `${index % 2 === 0 ? 'length(description)' : 'version'} add ${index}${index % 3 === 0 ? ' desc' : ''}`,
  ).join(',');
  const page = await ask(`$orderby=${order}&$top=1`);
  expect(page.status, page.text).toBe(200);
  const next = await api.request('GET', page.body['@odata.nextLink'].slice('http://localhost:8080'.length));
  expect(next.status, next.text).toBe(200);
  expect(next.body.value[0].id).not.toBe(page.body.value[0].id);
  await api.request('DELETE', `${HARDWARE}/${first.id}`);
});

describe('refused', () => {
  it.each([
    ['a list of 50,000', `$filter=version in (${times(50_000, String).join(',')})`],
    ['a sum of 900', `$filter=${times(900, 'version').join(' add ')} eq 1`],
    ['a quotient of 900', `$filter=${times(900, 'version').join(' div ')} eq 1`],
    ['comparisons of comparisons', `$filter=${times(1000, 'perDevicePasswordDisabled').join(' eq ')}`],
    ['1,000 words', `$search=${times(1000, (index) => `w${index}`).join(' OR ')}`],
    ['45 lambdas in each other', `$filter=${"roleScopeTagIds/any(t:t eq '0' and ".repeat(45)}true${')'.repeat(45)}`],
    [
      '90 lambdas over entities in each other',
      `$filter=${times(90, (index) => `assignments/any(a${index}:`).join('')}true${')'.repeat(90)}`,
    ],
    ['aliases that double 30 times', `$filter=@a0&${doubled(30, (a) => `(${a} or ${a})`, 'true')}`],
    ['texts that double 30 times', `$filter=length(@a0) gt 1&${doubled(30, (a) => `concat(${a},${a})`, 'displayName')}`],
    [
      'calls nested through aliases',
      `$filter=length(@a0) gt 1&${doubled(20, (a) => `${'trim('.repeat(50)}${a}${')'.repeat(50)}`, 'displayName')}`,
    ],
  ])('%s', { timeout: 30_000 }, async (_, query) => {
    expectRefusal(await ask(query), { status: 400, code: 'tooDeep' });
  });

  it('more orders than anybody needs', async () => {
    expectRefusal(await ask(`$orderby=${times(17, (index) => `version add ${index}`).join(',')}`), {
      status: 400,
      code: 'invalidQueryOption',
      target: '$orderby',
    });
  });

  it('aliases that name themselves', async () => {
    for (const aliases of ['@a=@a', '@a=@b&@b=@a', '@a=not @b&@b=not @a']) {
      const answer = await ask(`$filter=@a eq true&${aliases}`);
      expect(answer.status, answer.text).toBeLessThan(500);
    }
  });
});
