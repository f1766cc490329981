import type { EntityType } from '../../src/edm/declare.ts';
import { findNavigation, linkModel, type Model } from '../../src/edm/link.ts';
import { model } from '../../src/model/index.ts';
import type { SelectPlan } from '../../src/query/plan.ts';
import { tenant } from '../../src/store/schema/table.ts';
import { animal, cat, color, conformanceTypes, dog, group, owner, part, rule, tally, thing } from '../support/store-conformance-model.ts';

/** The plans whose SQL is written down in `golden/`, one file each. */

/** A plan, with its condition and order as a client writes them. */
export interface GoldenPlan extends Partial<Omit<SelectPlan, 'from' | 'where'>> {
  readonly from: EntityType;
  /** `select` when absent. */
  readonly purpose?: 'count' | 'delete';
  /** The options `$filter` and `$orderby`. An order ends in the key. */
  readonly query?: string;
}

/** Plans of one model. */
export interface GoldenPlans {
  readonly model: Model;
  readonly types: readonly EntityType[];
  /** Whether the files say, too, how SQLite goes about it. */
  readonly explained: boolean;
  /** Name of the file → plan. */
  readonly plans: Readonly<Record<string, GoldenPlan>>;
}

const A = '0a000000-0000-4000-8000-00000000000a';
const B = '0b000000-0000-4000-8000-00000000000b';

const sample = linkModel({
  namespace: 'sample',
  enumTypes: [color],
  complexTypes: [rule],
  entityTypes: [thing, owner, group, part, animal, cat, dog, tally],
  internal: [],
  operations: [],
  roots: [],
});

/** Things with a condition. */
const things = (filter: string): GoldenPlan => ({ from: thing, query: `$filter=${filter}`, properties: ['id'] });

/** Every column type, operator, function and kind of path, over the model of the store's suite. */
const ofEveryKind: GoldenPlans = {
  model: sample,
  types: conformanceTypes,
  explained: false,
  plans: {
    'select-by-key': { from: thing, scope: { id: A }, properties: ['id', 'name', 'seen'] },
    'select-document': { from: thing, scope: { id: A } },
    'select-document-text': { from: thing, scope: { id: A }, properties: ['id'], document: true },
    'select-every-column': { from: tally, scope: { thingId: A, upn: 'a@example.com' } },
    'scope-of-several': { from: part, scope: { id: ['a', 'b'], color: ['red', null], label: null }, properties: ['id'] },
    'scope-caseless': { from: owner, scope: { login: 'A' }, properties: ['id'] },
    'scope-of-partial-index': { from: thing, scope: { color: 'red', title: 'a' }, properties: ['id'] },
    'page-first': { from: thing, query: '$orderby=made desc', limit: 11, properties: ['id', 'made'] },
    'page-skip': { from: thing, query: '$orderby=id', skip: 20, limit: 11, properties: ['id'] },
    'page-skip-without-limit': { from: thing, query: '$orderby=id', skip: 20, properties: ['id'] },
    'page-behind-ascending': {
      ...{ from: thing, query: '$orderby=made', limit: 11, properties: ['id'] },
      after: ['2020-01-01T00:00:00Z', A],
    },
    'page-behind-descending': {
      ...{ from: thing, query: '$orderby=seen desc,id desc', limit: 11, properties: ['id'] },
      after: ['2020-01-01T00:00:00Z', A],
    },
    'page-behind-null': { from: thing, query: '$orderby=seen desc,count,id', limit: 11, after: [null, null, A], properties: ['id'] },
    'page-order-values': {
      ...{ from: thing, limit: 11, orderValues: true, properties: ['id'] },
      query: '$orderby=seen,length,time,content,checked,color,rule/name,login',
    },
    'page-weighed': { from: tally, query: '$orderby=upn', limit: 11, maxBytes: 4096 },
    'page-weighed-document-behind': { from: thing, query: '$orderby=id desc', limit: 11, maxBytes: 4096, after: [A] },
    'page-of-view': { from: animal, query: "$filter=name eq 'a'&$orderby=born", limit: 11 },
    'count-all': { from: thing, purpose: 'count' },
    'count-filtered': { from: part, purpose: 'count', scope: { thingId: A }, query: '$filter=size gt 3' },
    'delete-by-key': { from: part, purpose: 'delete', scope: { id: 'a' } },
    'delete-filtered': { from: part, purpose: 'delete', query: "$filter=color eq 'green'" },
    'delete-some': { from: tally, purpose: 'delete', scope: { thingId: A }, limit: 500 },
    'below-parent': { from: part, scope: { thingId: A }, parents: [[{ from: thing, scope: { id: A } }]], limit: 11 },
    'below-parents-of-several-types': {
      from: part,
      scope: { thingId: A },
      parents: [
        [
          { from: cat, scope: { id: A } },
          { from: dog, scope: { id: A } },
        ],
        [{ from: thing, scope: { id: A } }],
      ],
      properties: ['id'],
    },
    linked: {
      ...{ from: group, query: "$filter=label eq 'a'", limit: 11 },
      linked: { navigation: findNavigation(thing, 'groups')!, source: { thingId: A } },
    },
    'filter-texts': things("contains(name,'a') and startswith(title,'b') and not endswith(title,'c')"),
    'filter-text-results': things(
      "concat(tolower(trim(name)),toupper(title)) eq 'ab' and length(name) gt 2 and indexof(name,'a') eq 1 and substring(name,1,2) ne 'b'",
    ),
    'filter-pattern': things("matchesPattern(name,'^a.b$')"),
    'filter-date-parts': things('year(made) eq 2020 and month(seen) in (1,2) and hour(made) lt 12 and fractionalseconds(made) gt 0'),
    'filter-dates': things('date(made) eq 2020-01-02 and time(made) gt 12:00:00 and totaloffsetminutes(seen) eq 60 and day lt 2020-02-03'),
    'filter-now': things("made le now() and seen gt now() sub duration'P7D'"),
    'filter-temporal-arithmetic': things("made add length gt 2020-01-01T00:00:00Z and made sub seen lt duration'PT1H'"),
    'filter-number-results': things('round(ratio) eq 2 and floor(ratio) lt 3 and ceiling(count) ge 1'),
    'filter-arithmetic': things(
      'count add 1 gt total sub 2 and count mul 2 lt 10 and total div 3 eq 1 and count mod 2 eq -1 and -count lt ratio',
    ),
    'filter-null': things('name eq null and count ne null and not (checked eq true)'),
    'filter-in': things(`id in ('${A}','${B}') and count in (1,2) and name in ('a',null)`),
    'filter-enumeration': things("color eq 'red' and color gt 'none' and color in ('red','green')"),
    'filter-caseless': things("login eq 'A' and startswith(login,'a')"),
    'filter-binary-and-id': things(`content eq binary'AAEC' and ownerId ne ${B}`),
    'filter-path': things("owner/name eq 'a'"),
    'filter-path-of-two-steps': things("owner/group/label eq 'a' and owner/born gt 2020-01-01T00:00:00Z"),
    'filter-json': things(
      "rule/name eq 'a' and rule/size gt 3 and rule/since lt 2020-01-01T00:00:00Z and rule/active and rule/color eq 'red'",
    ),
    'filter-any-value': things("tags/any(t:startswith(t,'a')) and rules/any()"),
    'filter-all-values': things("rules/all(r:r/size lt 3 and r/name ne 'a')"),
    'filter-any-entity': things("parts/any(p:p/size gt 3 and p/label eq 'a') and parts/any()"),
    'filter-all-entities': things("parts/all(p:p/color eq 'red')"),
    'filter-any-of-fixed': things('greenParts/any(p:p/size eq 1)'),
    'filter-any-linked': things("groups/any(g:g/label eq 'a')"),
    'filter-count': things("parts/$count gt 2 and tags/$count($filter=$this ne 'a') ge 1"),
    'order-by-path-and-count': { from: thing, query: '$orderby=owner/name desc,parts/$count', limit: 11, properties: ['id'] },
  },
};

const typeNamed = (name: string): EntityType => model.stored.find((type) => type.name === name)!;
const state = typeNamed('hardwareConfigurationDeviceState');
const policy = { from: typeNamed('hardwareConfiguration'), scope: { id: A } };
const below = { from: state, scope: { policyId: A }, parents: [[policy]], limit: 101, maxBytes: 4096 };
const members = findNavigation(typeNamed('group'), 'transitiveMembers')!;

/** What clients ask for most, and how SQLite answers it. */
const hot: GoldenPlans = {
  model,
  types: [tenant, ...model.stored.filter((type) => type !== tenant)],
  explained: true,
  plans: {
    'hot-policies': { from: policy.from, query: '$orderby=id', limit: 101, maxBytes: 4096 },
    'hot-state-by-key': { from: state, scope: { policyId: A, id: B }, parents: [[policy]] },
    'hot-states': { ...below, query: '$orderby=id' },
    'hot-states-next-page': { ...below, query: '$orderby=id', after: [B], orderValues: true },
    'hot-failed-states': {
      ...below,
      query: "$filter=configurationState eq 'fail'&$orderby=lastStateUpdateDateTime desc,id desc",
      after: ['2026-01-01T00:00:00Z', B],
    },
    'hot-states-of-user': { ...below, query: "$filter=upn eq 'A@example.com'" },
    'hot-transitive-members': {
      from: members.target,
      linked: { navigation: members, source: { groupId: A } },
      query: '$orderby=id',
      limit: 101,
    },
    'hot-audit-events': { from: typeNamed('auditEvent'), query: '$orderby=activityDateTime desc', limit: 101, maxBytes: 4096 },
  },
};

export const goldenPlans: readonly GoldenPlans[] = [ofEveryKind, hot];
