import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleOperations as model } from '../../../test/support/sample-operations.ts';
import { readParameters } from '../../odata/body/read-parameters.ts';
import { parseQuery } from '../../odata/options/parse-query.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import { urlParameters } from '../operations/operate.ts';
import type { Call } from '../request/context.ts';
import { resolve } from '../request/resolve.ts';

/** The parameters of `find`, from the end of its URL. */
function read(text: string) {
  const [path, query = ''] = text.split('?') as [string, string?];
  const resource = resolve(model, parsePath(`/shops/1/boxes/2/find${path}`));
  const call = { queryString: query, options: parseQuery(query), model } as Call;
  return readParameters(urlParameters(call, resource), resource.operation!, { model });
}

const quoted = (text: string): string => encodeURIComponent(`'${text.replaceAll("'", "''")}'`);

it('reads back whatever was written, in parentheses, by aliases and as options', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed() && !value.includes('\0'));
  const colours = fc.array(fc.constantFrom('red', 'green'));
  fc.assert(
    fc.property(text, fc.integer({ min: -2147483648, max: 2147483647 }), colours, (name, count, list) => {
      const json = encodeURIComponent(JSON.stringify(list));
      const expected = { name, count, colours: list, size: { width: 0, note: null }, top: 1.5 };
      expect(read(`(name=${quoted(name)},count=${count},colours=${json})`)).toEqual(expected);
      expect(read(`(NAME=@n,count=@c,colours=@l)?@n=${quoted(name)}&@c=${count}&@l=${json}`)).toEqual(expected);
      expect(read(`?@name=${quoted(name)}&@count=${count}&colours=${json}`)).toEqual(expected);
      expect(read(`(count=${count})?@name=${quoted(name)}&@colours=${json}`)).toEqual(expected);
    }),
  );
});

it.each([
  ['(name=null,count=1)', { name: null }],
  ['(name=@p,count=1)', { name: null }],
  ["(name='x',count=1,colours=@c)?@c=['red',microsoft.graph.colour'green']", { colours: ['red', 'green'] }],
  ["(name='x',count=1,colours=['green'])", { colours: ['green'] }],
  ['(name=\'x\',count=1,size=@s)?@s={"width":7}', { size: { width: 7, note: null } }],
  ["(name='x',count=1)?@top=2.5&$top=3", { top: 2.5 }],
  ["(name='x',count=1,top=-INF)", { top: Number.NEGATIVE_INFINITY }],
  ['(name=0f0e0d0c-0000-0000-0000-000000000000,count=1)', { name: '0f0e0d0c-0000-0000-0000-000000000000' }],
])('%s', (text, expected) => {
  expect(read(text)).toMatchObject(expected);
});

it.each([
  ["(name='x')", 'missingProperty', 'count'],
  ['(count=1)', 'missingProperty', 'name'],
  ["(name='x',count='one')", 'invalidValue', 'count'],
  ["(name='x',count=2147483648)", 'invalidValue', 'count'],
  ["(name='x',count=1.5)", 'invalidValue', 'count'],
  ['(name=1,count=1)', 'invalidValue', 'name'],
  ["(name='x',count=1,colours='red')", 'invalidValue', 'colours'],
  ["(name='x',count=1,colours=@c)?@c=['blue']", 'invalidValue', 'colours/0'],
  ['(name=\'x\',count=1,size=@s)?@s={"depth":1}', 'unknownProperty', 'size/depth'],
  ["(name='x',count=1,size=microsoft.graph.colour'red')", 'invalidUrl', 'size'],
  ['(name=@p,count=1)?@p=id', 'invalidUrl', 'name'],
  ["(name=@p,count=1)?@p=concat('a','b')", 'invalidUrl', 'name'],
  ["(name='x',count=1,color='red')", 'unknownProperty', 'color'],
])('%s is refused', (text, code, target) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code, target }));
});
