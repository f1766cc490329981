import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';
import { sharedFile } from '../support/shared-file.ts';

/** `$metadata` says of our families what the published metadata says: the same names, types, nullability, containment and operations. */

interface Element {
  readonly '@_Name': string;
  readonly '@_Type'?: string;
  readonly [name: string]: unknown;
}

interface Schema {
  readonly EnumType: readonly (Element & { readonly Member: readonly Element[] })[];
  readonly ComplexType: readonly Element[];
  readonly EntityType: readonly Element[];
  readonly Action: readonly Element[];
  readonly Function: readonly Element[];
  readonly EntityContainer?: readonly Element[];
}

const LISTS = [
  'EnumType',
  'ComplexType',
  'EntityType',
  'Member',
  'Property',
  'NavigationProperty',
  'Action',
  'Function',
  'Parameter',
  'EntityContainer',
  'Singleton',
  'EntitySet',
  'PropertyRef',
];

function schemaOf(xml: string): Schema {
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => LISTS.includes(name) });
  return parser.parse(xml, true)['edmx:Edmx']['edmx:DataServices'].Schema;
}

/** Both documents may write the namespace or its alias. */
const typeName = (text: unknown): string | undefined =>
  typeof text === 'string' ? text.replaceAll('microsoft.graph.', 'graph.') : undefined;
const list = (value: unknown): readonly Element[] => (value ?? []) as readonly Element[];
const flag = (value: unknown, absent: boolean): boolean => (value === undefined ? absent : value === 'true');

/** What must be equal of a type: everything but the order, and facets that only narrow texts. */
const shape = (type: Element) => ({
  base: typeName(type['@_BaseType']),
  abstract: flag(type['@_Abstract'], false),
  open: flag(type['@_OpenType'], false),
  key: list((type.Key as { PropertyRef?: unknown } | undefined)?.PropertyRef).map((ref) => ref['@_Name']),
  properties: Object.fromEntries(
    list(type.Property).map((p) => [p['@_Name'], `${typeName(p['@_Type'])}${flag(p['@_Nullable'], true) ? '' : ' not null'}`]),
  ),
  navigation: Object.fromEntries(
    list(type.NavigationProperty).map((n) => [
      n['@_Name'],
      `${typeName(n['@_Type'])}${flag(n['@_ContainsTarget'], false) ? ' contained' : ''}${flag(n['@_Nullable'], true) ? '' : ' not null'}`,
    ]),
  ),
});

const signature = (action: Element) => ({
  name: action['@_Name'],
  bound: action['@_IsBound'],
  parameters: list(action.Parameter).map((p, index) => [
    index === 0 ? 'binding' : p['@_Name'],
    typeName(p['@_Type']),
    flag(p['@_Nullable'], true),
  ]),
  returns: typeName((action.ReturnType as Element | undefined)?.['@_Type']),
});

const bindingOf = (action: Element): string => typeName(list(action.Parameter)[0]?.['@_Type']) ?? '';

/** What the families' policies are called; their other types begin with it. */
const POLICIES =
  'hardwareConfiguration|hardwarePassword|deviceManagementScript|deviceShellScript|deviceCustomAttributeShellScript|deviceAndAppManagementAssignmentFilter|deviceHealthScript|deviceComplianceScript|roleScopeTag(?!Info)';
const OURS = new RegExp(`^(${POLICIES})([A-Z]|$)`);
const BOUND_TO_OURS = new RegExp(`graph\\.(${POLICIES})\\)?$`);
const SHARED = [
  'hasPayloadLinkResultItem',
  'entity',
  'runState',
  'runAsAccountType',
  'deviceCustomAttributeValueType',
  'hardwareConfigurationFormat',
  'deviceAndAppManagementAssignmentSource',
  'deviceAndAppManagementAssignmentFilterType',
  'assignmentFilterManagementType',
  'assignmentFilterOperator',
  'assignmentFilterState',
  'assignmentFilterSupportedProperty',
  'assignmentFilterValidationResult',
  'associatedAssignmentPayloadType',
  'devicePlatformType',
  'payloadByFilter',
];
const isOurs = (name: string): boolean => OURS.test(name) || name.endsWith('AssignmentTarget') || SHARED.includes(name);

const byName = <T extends Element>(elements: readonly T[], wanted: (name: string) => boolean) =>
  new Map(elements.filter((element) => wanted(element['@_Name'])).map((element) => [element['@_Name'], element]));

/** Types that documentation examples use and no published metadata declares. */
const DOCUMENTED_ONLY = [
  'scopeTagGroupAssignmentTarget',
  'organizationalUnitAssignmentTarget',
  // Published, but left out of the excerpt that is compared with.
  'deviceComplianceScriptError',
  'deviceComplianceScriptRule',
  'deviceComplianceScriptRuleError',
  'deviceComplianceScriptValidationResult',
];

let api: InProcessApi;
let ours: Schema;
let xml: string;
beforeAll(async () => {
  api = await startInProcessApi();
  xml = (await api.request('GET', '/beta/$metadata', { token: null })).text;
  ours = schemaOf(xml);
});
afterAll(() => api.close());

describe('against the published metadata', () => {
  const text = sharedFile('graph/intune-scripts.csdl.xml');
  const published = text === undefined ? undefined : schemaOf(text);

  for (const kind of ['EntityType', 'ComplexType'] as const) {
    it(`each ${kind} of our families is the same`, () => {
      const mine = byName(ours[kind], isOurs);
      const theirs = byName(published?.[kind] ?? [], isOurs);
      for (const [name, type] of theirs) {
        expect(mine.has(name), name).toBe(true);
        expect({ name, ...shape(mine.get(name)!) }).toEqual({ name, ...shape(type) });
      }
      const extra = published === undefined ? [] : [...mine.keys()].filter((name) => !theirs.has(name) && name !== 'entity');
      expect(extra.sort()).toEqual(published === undefined || kind === 'EntityType' ? [] : [...DOCUMENTED_ONLY].sort());
    });
  }

  it('each enumeration has the same members and numbers', () => {
    const members = (type: Element) => Object.fromEntries(list(type.Member).map((m) => [m['@_Name'], Number(m['@_Value'])]));
    const mine = byName(ours.EnumType, () => true);
    for (const [name, type] of byName(published?.EnumType ?? [], isOurs)) {
      expect(mine.has(name), name).toBe(true);
      expect({ name, ...members(mine.get(name)!) }).toEqual({ name, ...members(type) });
    }
    expect(members(mine.get('runState')!)).toEqual({ unknown: 0, success: 1, fail: 2, scriptError: 3, pending: 4, notApplicable: 5 });
  });

  it('each action and function bound to our types has the same parameters and result', () => {
    const bound = (actions: readonly Element[]) => actions.filter((action) => BOUND_TO_OURS.test(bindingOf(action)));
    const sorted = (actions: readonly Element[]) =>
      bound(actions)
        .map(signature)
        .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    for (const [kind, names] of [
      [
        'Action',
        [
          ...Array(7).fill('assign'),
          'enable',
          'enableGlobalScripts',
          'getGlobalScriptHighestAvailableVersion',
          'getRoleScopeTagsById',
          'hasPayloadLinks',
          'updateGlobalScript',
          'validateFilter',
        ],
      ],
      [
        'Function',
        [
          'areGlobalScriptsAvailable',
          'getPlatformSupportedProperties',
          'getRemediationHistory',
          'getRemediationSummary',
          'getState',
          'getSupportedProperties',
          'hasCustomRoleScopeTag',
        ],
      ],
    ] as const) {
      const mine = sorted(ours[kind]);
      expect(mine.map(({ name }) => name).sort()).toEqual(names);
      if (published !== undefined) expect(mine).toEqual(sorted(published[kind]));
    }
  });

  it('each function that answers with scope tags, or is bound to them, has the same parameters and result', () => {
    const sorted = ({ Function: functions }: Schema) =>
      functions
        .filter(({ '@_Name': name }) => /RoleScopeTag/.test(name))
        .map(signature)
        .sort((a, b) => a.name!.localeCompare(b.name!));
    expect(sorted(ours).map(({ name }) => name)).toEqual(['getRoleScopeTagsByIds', 'getRoleScopeTagsByResource', 'hasCustomRoleScopeTag']);
    if (published !== undefined) expect(sorted(ours)).toEqual(sorted(published));
  });

  it('deviceManagement has the navigations that it publishes', () => {
    const navigation = shape(byName(ours.EntityType, (name) => name === 'deviceManagement').get('deviceManagement')!).navigation;
    const theirs = byName(published?.EntityType ?? [], (name) => name === 'deviceManagement').get('deviceManagement');
    if (theirs !== undefined) {
      const served = Object.entries(shape(theirs).navigation).filter(([name]) => name in navigation);
      expect(navigation).toMatchObject(Object.fromEntries(served));
    }
    expect(Object.keys(navigation)).toEqual(
      expect.arrayContaining(['deviceManagementScripts', 'hardwareConfigurations', 'managedDevices']),
    );
  });
});

describe('on its own', () => {
  it('names only types that it declares', () => {
    const declared = new Set([...ours.EnumType, ...ours.ComplexType, ...ours.EntityType].map((type) => `graph.${type['@_Name']}`));
    const used = [...xml.matchAll(/ (?:Type|BaseType|EntityType)="(?:Collection\()?([\w.]+)\)?"/g)].map(([, name]) => typeName(name)!);
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((name) => !name.startsWith('Edm.') && !declared.has(name))).toEqual([]);
  });

  it('names nothing twice, not even in other case', () => {
    const names = [...ours.EnumType, ...ours.ComplexType, ...ours.EntityType].map((type) => type['@_Name'].toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it('shows no column of our own', () => {
    for (const name of [
      'policyType',
      'reportCounts',
      'deviceHealthScriptDay',
      'onDemandRemediation',
      'origin',
      'shown',
      'reportedRows',
      'groupMember',
      'groupOwner',
      'detectedAppDevice',
      'isComanaged',
      '@type',
      'rowOrigin',
      'scopeTagIds',
      'givenScopeTagIds',
      'roleDefinitionId',
      'assignHardwareConfiguration',
    ])
      expect(xml).not.toContain(`Name="${name}"`);
  });

  it('has the seed types as their documents show them', () => {
    const types = byName(ours.EntityType, isOurs);
    expect(shape(types.get('hardwareConfigurationUserState')!).properties).toEqual({
      upn: 'Edm.String',
      userEmail: 'Edm.String',
      userName: 'Edm.String',
      lastStateUpdateDateTime: 'Edm.DateTimeOffset not null',
      ...Object.fromEntries(
        ['successful', 'failed', 'pending', 'error', 'notApplicable', 'unknown'].map((state) => [
          `${state}DeviceCount`,
          'Edm.Int32 not null',
        ]),
      ),
    });
    expect(shape(types.get('deviceManagementScriptUserState')!)).toMatchObject({
      base: 'graph.entity',
      properties: { successDeviceCount: 'Edm.Int32 not null', errorDeviceCount: 'Edm.Int32 not null', userPrincipalName: 'Edm.String' },
      navigation: { deviceRunStates: 'Collection(graph.deviceManagementScriptDeviceState) contained' },
    });
  });
});
