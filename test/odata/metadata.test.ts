import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import published from '../facts/metadata.json' with { type: 'json' };
import { type InProcessApi, startInProcessApi } from '../support/in-process-api.ts';

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

const typeAndNull = (p: Element): string => `${typeName(p['@_Type'])}${flag(p['@_Nullable'], true) ? '' : ' not null'}`;

/** What must be equal of a type: everything but the order, and facets that only narrow texts. */
const shape = (type: Element) => ({
  base: typeName(type['@_BaseType']),
  abstract: flag(type['@_Abstract'], false),
  open: flag(type['@_OpenType'], false),
  key: list((type.Key as { PropertyRef?: unknown } | undefined)?.PropertyRef).map((ref) => ref['@_Name']),
  properties: Object.fromEntries(list(type.Property).map((p) => [p['@_Name'], typeAndNull(p)])),
  navigation: Object.fromEntries(
    list(type.NavigationProperty).map((n) => [
      n['@_Name'],
      `${typeName(n['@_Type'])}${flag(n['@_ContainsTarget'], false) ? ' contained' : ''}${flag(n['@_Nullable'], true) ? '' : ' not null'}`,
    ]),
  ),
});

/** What is published of a type: what it leaves out is as here. */
const publishedShape = (type: object) => ({
  base: undefined,
  abstract: false,
  open: false,
  key: [],
  properties: {},
  navigation: {},
  ...type,
});

interface Signature {
  readonly name: string;
  readonly binding?: string | undefined;
  readonly parameters: readonly string[];
  readonly returns?: string | undefined;
}

const signature = (action: Element): Signature => {
  const [binding, ...parameters] = list(action.Parameter);
  return {
    name: action['@_Name'],
    binding: action['@_IsBound'] === 'true' ? typeAndNull(binding!) : undefined,
    parameters: parameters.map((p) => `${p['@_Name']} ${typeAndNull(p)}`),
    returns: typeName((action.ReturnType as Element | undefined)?.['@_Type']),
  };
};

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
  for (const kind of ['EntityType', 'ComplexType'] as const) {
    it(`each ${kind} of our families is the same`, () => {
      const mine = byName(ours[kind], isOurs);
      const theirs = Object.entries(kind === 'EntityType' ? published.entityTypes : published.complexTypes).filter(([name]) =>
        isOurs(name),
      );
      expect(theirs.length).toBeGreaterThan(15);
      for (const [name, type] of theirs) {
        expect(mine.has(name), name).toBe(true);
        expect({ name, ...shape(mine.get(name)!) }).toEqual({ name, ...publishedShape(type) });
      }
      const known = new Set(theirs.map(([name]) => name));
      const extra = [...mine.keys()].filter((name) => !known.has(name) && name !== 'entity');
      expect(extra.sort()).toEqual(kind === 'EntityType' ? [] : [...DOCUMENTED_ONLY].sort());
    });
  }

  it('each enumeration has the same members and numbers', () => {
    const mine = byName(ours.EnumType, () => true);
    const members = (name: string) => Object.fromEntries(list(mine.get(name)?.Member).map((m) => [m['@_Name'], Number(m['@_Value'])]));
    for (const [name, theirs] of Object.entries(published.enumTypes)) expect({ name, ...members(name) }).toEqual({ name, ...theirs });
  });

  it('each action and function bound to our types has the same parameters and result', () => {
    const sorted = (signatures: readonly Signature[]) =>
      signatures
        .filter(({ binding }) => BOUND_TO_OURS.test(binding ?? ''))
        .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
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
      const mine = ours[kind].map(signature);
      const theirs = kind === 'Action' ? published.actions : published.functions;
      expect(sorted(mine)).toEqual(sorted(theirs));
      expect(
        sorted(theirs)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(names);
    }
  });

  it('each function that answers with scope tags, or is bound to them, has the same parameters and result', () => {
    const sorted = ({ Function: functions }: Schema) =>
      functions
        .filter(({ '@_Name': name }) => /RoleScopeTag/.test(name))
        .map(signature)
        .sort((a, b) => a.name!.localeCompare(b.name!));
    expect(sorted(ours).map(({ name }) => name)).toEqual(['getRoleScopeTagsByIds', 'getRoleScopeTagsByResource', 'hasCustomRoleScopeTag']);
    expect(sorted(ours)).toEqual(published.functions.filter(({ name }) => /RoleScopeTag/.test(name)));
  });

  it('deviceManagement has the navigations that it publishes', () => {
    const navigation = shape(byName(ours.EntityType, (name) => name === 'deviceManagement').get('deviceManagement')!).navigation;
    const served = Object.entries(published.entityTypes.deviceManagement.navigation).filter(([name]) => name in navigation);
    expect(served.length).toBeGreaterThan(8);
    expect(navigation).toMatchObject(Object.fromEntries(served));
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
