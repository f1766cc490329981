import { expect, it } from 'vitest';
import { sampleOperations as model } from '../../../test/support/sample-operations.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import type { CallRun } from '../request/context.ts';
import { resolve } from '../request/resolve.ts';
import { resultAnswer } from './operate.ts';

const ROOT = 'http://localhost/beta';
const BOX = "shops('1')/boxes('2')";

/** The answer to a call of an operation that returned this. */
function answerOf(path: string, result: unknown, changes: Partial<CallRun> = {}) {
  const call = {
    model,
    serviceRoot: ROOT,
    level: 'minimal',
    longNumbersAsText: false,
    mediaType: 'application/json',
    profile: 'service',
    preferences: {},
    options: parseQuery(''),
    writeContexts: new Map(),
    ...changes,
  } as CallRun;
  const { status, headers, body } = resultAnswer(call, resolve(model, parsePath(`/${path}`)), result);
  const isJson = headers['content-type']?.startsWith('application/json') === true;
  return { status, body: isJson ? JSON.parse(String(body)) : body };
}

const context = (text: string) => ({ '@odata.context': `${ROOT}/$metadata#${text}` });

it.each([
  ['size', { width: 1, note: null }, { ...context('microsoft.graph.size'), width: 1, note: null }],
  ['sizes', [{ width: 1, note: 'x' }], { ...context('Collection(microsoft.graph.size)'), value: [{ width: 1, note: 'x' }] }],
  ['isFull', false, { ...context('Edm.Boolean'), value: false }],
  ['weight', 5, { ...context('Edm.Int64'), value: 5 }],
  ['colour', 'green', { ...context('microsoft.graph.colour'), value: 'green' }],
  ['names', ['a', 'b'], { ...context('Collection(Edm.String)'), value: ['a', 'b'] }],
  ['colours', [], { ...context('Collection(microsoft.graph.colour)'), value: [] }],
  ['open', [{ id: '3', boxId: '2' }], { ...context(`${BOX}/parts`), value: [{ id: '3', boxId: '2' }] }],
  ['pick', { id: '3', boxId: '2' }, { ...context(`${BOX}/parts/$entity`), id: '3', boxId: '2' }],
  ['clone', { id: '4', shopId: '1' }, { ...context('microsoft.graph.box'), id: '4', shopId: '1' }],
  ['print', new TextEncoder().encode('Hi'), { ...context('Edm.Stream'), value: 'SGk=' }],
])('%s answers %j', (name, result, body) => {
  expect(answerOf(`shops/1/boxes/2/${name}`, result)).toMatchObject({ status: 200, body });
});

it.each([
  ['biggest', { id: '4', shopId: '1' }, { ...context("shops('1')/boxes/$entity"), id: '4', shopId: '1' }],
  ['sort', [{ id: '4', shopId: '1' }], { ...context("shops('1')/boxes"), value: [{ id: '4', shopId: '1' }] }],
])('%s on a collection answers %j', (name, result, body) => {
  expect(answerOf(`shops/1/boxes/${name}`, result)).toMatchObject({ status: 200, body });
});

it('nothing and null have no content', () => {
  for (const [name, result] of [
    ['shake', undefined],
    ['size', null],
    ['pick', null],
  ] as const)
    expect(answerOf(`shops/1/boxes/2/${name}`, result)).toEqual({ status: 204, body: undefined });
});

it('long numbers are texts where the client wants that', () => {
  const options = parseQuery('$count=true&$top=1');
  expect(answerOf('shops/1/boxes/2/weight', 5, { longNumbersAsText: true }).body.value).toBe('5');
  expect(answerOf('shops/1/boxes/2/names', ['a', 'b'], { longNumbersAsText: true, options }).body).toMatchObject({
    '@odata.count': '2',
    value: ['a'],
  });
});

it('full metadata names types and URLs', () => {
  const full = { level: 'full' } as const;
  expect(answerOf('shops/1/boxes/2/size', { width: 1 }, full).body['@odata.type']).toBe('#microsoft.graph.size');
  expect(answerOf('shops/1/boxes/2/open', [{ id: '3' }], full).body.value[0]).toMatchObject({
    '@odata.type': '#microsoft.graph.part',
    '@odata.id': `${ROOT}/${BOX}/parts('3')`,
  });
});

it('a stream is bytes for who asks for them', () => {
  const bytes = new TextEncoder().encode('Hi');
  expect(answerOf('shops/1/boxes/2/print', bytes, { mediaType: 'application/octet-stream' })).toMatchObject({ status: 200, body: bytes });
});
