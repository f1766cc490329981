import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { model } from '../../model/index.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import { sampleOperations } from '../operations/sample-operations.ts';
import { resolve } from './resolve.ts';
import { routeOf } from './route.ts';

const id = fc.uuid();
const path = fc
  .tuple(
    id,
    id,
    fc.constantFrom('hardwareConfigurations', 'HARDWAREconfigurations', 'deviceManagementScripts'),
    fc.boolean(),
    fc.constantFrom('', '/$count', '/x'),
  )
  .map(([parent, child, set, quoted, end]) => {
    const key = (value: string): string => (quoted ? `('${value}')` : `/${value}`);
    return end === '/$count'
      ? `/deviceManagement/${set}${key(parent)}/deviceRunStates/$count`
      : `/deviceManagement/${set}${key(parent)}/deviceRunStates${key(child)}`;
  });

describe('routes', () => {
  it('are the same whether they were kept or bound anew', () => {
    fc.assert(
      fc.property(path, (written) => {
        routeOf(model, 'GET', { path: written, query: '' });
        expect(routeOf(model, 'GET', { path: written, query: '' }).resource).toEqual(resolve(model, parsePath(written)));
      }),
    );
  });

  it('A2 invented spellings push nobody out for good, and are forgotten themselves', () => {
    const numberOf = (spelling: string) =>
      routeOf(model, 'GET', { path: `/deviceManagement/${spelling}/019e830e-1a00-7000-be82-9493d2945aea`, query: '' }).number;
    const spellings = Array.from({ length: 20_000 }, (_, n) =>
      [...'hardwareConfigurations'].map((letter, i) => ((n >> (i % 15)) & 1 ? letter.toUpperCase() : letter.toLowerCase())).join(''),
    );
    const first = numberOf(spellings[0]!);
    for (const spelling of spellings) numberOf(spelling);
    const later = numberOf('deviceManagementScripts');
    expect(numberOf('deviceManagementScripts')).toBe(later);
    expect(numberOf(spellings[0]!)).not.toBe(first);
  });

  it('keep the parameters of each call', () => {
    const [a, b] = ['019e830e-1a00-7000-be82-9493d2945aea', '019e830e-1a00-7000-be82-9493d2945aeb'];
    // The key is the parameter's id too, but written in another way.
    const calling = (name: string) =>
      routeOf(sampleOperations, 'GET', { path: `/shops/${b}/boxes/${a!.replace('-', '%2D')}/find(name='${name}',count=1)`, query: '' })
        .resource;
    for (const name of [a!, b!]) {
      expect(calling(name)).toMatchObject({ given: { values: [{ value: { value: name } }, {}] } });
      expect(calling(name).steps.at(-1)!.key).toBe(a);
    }
  });

  it('keep ids that are no keys where they stand', () => {
    const assignment =
      '/deviceManagement/hardwareConfigurations/019e830e-1a00-7000-be82-9493d2945aea/assignments/019e830e-1a00-7000-be82-9493d2945aea:adadadad-808e-44e2-905a-0b7873a8a531';
    for (let again = 0; again < 2; again++) {
      expect(routeOf(model, 'GET', { path: assignment, query: '' }).resource.steps.at(-1)!.key).toBe(
        '019e830e-1a00-7000-be82-9493d2945aea:adadadad-808e-44e2-905a-0b7873a8a531',
      );
    }
    expect(() => routeOf(model, 'GET', { path: "/deviceManagement/hardwareConfigurations('{id}')/nonsense", query: '' })).toThrow(
      'nonsense',
    );
  });
});
