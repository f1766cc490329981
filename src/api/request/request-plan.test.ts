import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleOperations } from '../../../test/support/sample-operations.ts';
import type { Model } from '../../edm/link.ts';
import { model } from '../../model/index.ts';
import { filled, PLANS_WEIGHT, type RequestLine, RequestPlans } from './request-plan.ts';
import { resourceAt } from './resolve.ts';

const [a, b] = ['019e830e-1a00-7000-be82-9493d2945aea', '019e830e-1a00-7000-be82-9493d2945aeb'];

const get = (target: string, served: Model = model): RequestLine => {
  const [path = '', query = ''] = target.split('?');
  return { method: 'GET', version: 'beta', model: served, path, query, accept: undefined, profile: 'docs', futureMembers: false };
};

const plans = (): RequestPlans => new RequestPlans('both');
const STATES = `/deviceManagement/hardwareConfigurations/${a}/deviceRunStates`;

describe('request plans', () => {
  it('name the same resource whether they are shared or made anew', () => {
    const shared = plans();
    const path = fc
      .tuple(fc.uuid(), fc.uuid(), fc.constantFrom('hardwareConfigurations', 'HARDWAREconfigurations', 'deviceManagementScripts'))
      .chain(([parent, child, set]) =>
        fc.constantFrom(
          `/deviceManagement/${set}/${parent}/deviceRunStates/${child}`,
          `/deviceManagement/${set}('${parent}')/deviceRunStates('${child}')`,
          `/deviceManagement/${set}/${parent}/deviceRunStates/$count`,
        ),
      );
    fc.assert(
      fc.property(path, (written) => {
        expect(shared.planOf(get(written)).resource).toEqual(resourceAt(model, { path: written, query: '' }));
      }),
    );
  });

  it('ask the same whether their literals were slots or not', () => {
    const shared = plans();
    const text = fc.string({ unit: fc.constantFrom("'", '%', '+', '&', '#', 'a', ' ', '(', ')', '\0', ';', 's0', 'ä', '\n') });
    const time = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString());
    const literal = fc.oneof(
      text.map((value) => `'${value.replaceAll("'", "''")}'`),
      time,
    );
    const condition = fc.oneof(
      literal.map((one) => `deviceName eq ${one}`),
      literal.map((one) => `contains(deviceName,${one})`),
      literal.map((one) => `lastStateUpdateDateTime gt ${one}`),
      fc.constantFrom('success', 'fail', 'nothing').map((state) => `configurationState eq '${state}'`),
      fc.tuple(literal, literal).map(([one, other]) => `deviceName in (${one},${other})`),
      literal.map((one) => `not startswith(concat(deviceName,${one}),${one})`),
    );
    const query = fc.tuple(condition, condition, fc.boolean(), fc.nat(3)).map(([one, other, encodes, size]) => {
      const filter = `${one} or ${other}`;
      return `$filter=${encodes ? encodeURIComponent(filter) : filter.replaceAll('&', '%26').replaceAll('#', '%23')}&$top=${size}`;
    });
    const askedBy = (from: RequestPlans, target: string) => {
      try {
        const { writeContexts: _, ...asked } = filled(from.planOf(get(target)));
        return { query: asked.query, top: asked.options.top };
      } catch (error) {
        return error;
      }
    };
    fc.assert(
      fc.property(query, (written) => {
        // An alias in the path keeps a plan from being shared, and its query from being a template.
        const alone = askedBy(plans(), `${STATES.replace(`/${a}`, '(@k)')}?@k='${a}'&${written}`);
        for (let again = 0; again < 2; again++) expect(askedBy(shared, `${STATES}?${written}`)).toEqual(alone);
      }),
      { numRuns: 500 },
    );
  });

  it('are one plan for all texts, times, ids and pages', () => {
    const shared = plans();
    const planOf = (target: string) => shared.planOf(get(target)).plan;
    const time = (second: number) => `2026-01-01T00:00:0${second}Z`;
    const first = planOf(`${STATES}?$filter=deviceName eq 'a' and lastStateUpdateDateTime gt ${time(1)}&$skiptoken=x`);
    expect(planOf(`${STATES.replace(a!, b!)}?$filter=deviceName eq 'b' and lastStateUpdateDateTime gt ${time(2)}&$skiptoken=y`)).toBe(
      first,
    );
    const page = shared.planOf(get(`${STATES}?$filter=deviceName eq 'a' and lastStateUpdateDateTime gt ${time(1)}&$skiptoken=y`));
    expect(filled(page).options.skipToken).toBe('y');
  });

  it('are one plan for each literal that decides what is bound', () => {
    const shared = plans();
    const planOf = (state: string, name: string) =>
      shared.planOf(get(`${STATES}?$filter=configurationState eq '${state}' and deviceName eq '${name}'`)).plan;
    const fail = planOf('fail', 'a');
    const success = planOf('success', 'a');
    expect(success).not.toBe(fail);
    expect([planOf('fail', 'b'), planOf('success', 'b')]).toEqual([fail, success]);
    expect(planOf('fail', 'b')).toBe(fail);
    expect(planOf('success', 'b')).toBe(success);
  });

  it('A2 weigh no more than they may, whatever clients invent', () => {
    const shared = plans();
    const heaviest = { weight: 0 };
    const spelling = (n: number) => [...'deviceName'].map((c, i) => ((n >> i) & 1 ? c.toUpperCase() : c)).join('');
    for (let n = 0; n < 3000; n++) {
      const filter = Array.from({ length: 1 + (n % 40) }, (_, i) => `${spelling(n + i)} eq ${n}${i}`).join(' or ');
      shared.planOf(get(`${STATES}?$filter=not (${filter}) and ${spelling(n)} eq 'a'`));
      shared.planOf({ ...get(STATES), accept: `application/json;q=0.${n}` });
      shared.planOf(get(`${STATES}?$filter=configurationState eq 'fail' or deviceName eq '${'x'.repeat(n)}'&$orderby=${spelling(n)}`));
      heaviest.weight = Math.max(heaviest.weight, shared.weight);
    }
    expect(heaviest.weight).toBeGreaterThan(PLANS_WEIGHT / 2);
    expect(heaviest.weight).toBeLessThanOrEqual(PLANS_WEIGHT);
    const plan = shared.planOf(get(STATES)).plan;
    expect(shared.planOf(get(STATES)).plan).toBe(plan);
  });

  it('keep the parameters of each call', () => {
    const shared = plans();
    // The key is the parameter's id too, but written in another way.
    const calling = (name: string) =>
      shared.planOf(get(`/shops/${b}/boxes/${a!.replace('-', '%2D')}/find(name='${name}',count=1)`, sampleOperations)).resource;
    for (const name of [a!, b!]) {
      expect(calling(name)).toMatchObject({ given: { values: [{ value: { value: name } }, {}] } });
      expect(calling(name).steps.at(-1)!.key).toBe(a);
    }
  });

  it('keep ids that are no keys where they stand', () => {
    const shared = plans();
    const assignment = `/deviceManagement/hardwareConfigurations/${a}/assignments/${a}:adadadad-808e-44e2-905a-0b7873a8a531`;
    for (let again = 0; again < 2; again++) {
      expect(shared.planOf(get(assignment)).resource.steps.at(-1)!.key).toBe(`${a}:adadadad-808e-44e2-905a-0b7873a8a531`);
    }
    expect(() => shared.planOf(get("/deviceManagement/hardwareConfigurations('{id}')/nonsense"))).toThrow('nonsense');
  });
});
