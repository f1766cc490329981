import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import {
  type ComplexType,
  complexType,
  containedMany,
  containedOne,
  type EntityType,
  entityType,
  enumType,
  type NavigationDeclaration,
  type OperationDeclaration,
  type OperationParameter,
  type OperationResult,
  type Properties,
  type PropertyType,
  property,
  referenceMany,
  referenceOne,
} from '../../edm/declare.ts';
import { linkModel, type Model, type ModelParts, shapeOf } from '../../edm/link.ts';
import { writeCsdl } from './write-csdl.ts';

const lists = new Set(
  'EnumType Member ComplexType EntityType Property NavigationProperty Action Function Parameter EntitySet Singleton'.split(' '),
);
for (const name of ['NavigationPropertyBinding', 'Annotations', 'Annotation', 'EnumMember']) lists.add(name);

interface Node {
  readonly [name: string]: Node & string & readonly Node[];
}

const parse = (xml: string): Node => {
  expect(XMLValidator.validate(xml)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseAttributeValue: false,
    isArray: (name, path) => lists.has(name) && !String(path).endsWith('EntitySet.EntityType'), // that one is an attribute,
  });
  return parser.parse(xml)['edmx:Edmx']['edmx:DataServices'].Schema;
};

const identifier = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,6}$/);
const names = (count: number) => fc.uniqueArray(identifier, { minLength: count, maxLength: count, selector: (name) => name.toLowerCase() });
const pick = <T>(items: readonly T[], seed: number): T => items[seed % items.length]!;

/** A random model: everything in it is chosen by the numbers of `seeds`. */
const someModel = fc
  .tuple(names(9), names(6), fc.array(fc.nat(), { minLength: 60, maxLength: 60 }))
  .map(([typeNames, memberNames, seeds]): Model => {
    let used = 0;
    const next = () => seeds[used++ % seeds.length]!;
    const flag = () => next() % 2 === 1;
    const enums = typeNames
      .slice(0, 2)
      .map((name) => enumType(name, Object.fromEntries(memberNames.slice(0, 3).map((m) => [m, next() % 50]))));
    const structural = (known: readonly ComplexType[]): Properties => {
      const types: PropertyType[] = ['Edm.String', 'Edm.Int32', 'Edm.DateTimeOffset', 'Edm.Binary', ...enums, ...known];
      const declare = () =>
        property(pick(types, next()), { nullable: flag(), collection: flag(), readOnly: flag(), internal: next() % 5 === 0 });
      return Object.fromEntries(memberNames.slice(0, next() % 4).map((name) => [name, declare()]));
    };
    const complex: ComplexType[] = [];
    for (const name of typeNames.slice(2, 5)) {
      const base = complex[0];
      const inherits = base !== undefined && flag();
      complex.push(complexType(name, { abstract: flag(), properties: inherits ? {} : structural(complex), ...(inherits ? { base } : {}) }));
    }
    const root = entityType('entity', { abstract: true, properties: { id: property('Edm.String', { readOnly: true }) } });
    const entities: EntityType[] = [root];
    for (const name of typeNames.slice(5)) {
      const navigation: Record<string, NavigationDeclaration> = {};
      for (const member of memberNames.slice(4, 4 + (next() % 3))) {
        const build = pick([containedMany, containedOne, referenceMany, referenceOne], next());
        navigation[`${member}Link`] = build(() => entities[(member.length % (entities.length - 1)) + 1]!, { nullable: flag() });
      }
      entities.push(entityType(name, { base: root, properties: structural(complex), navigation }));
    }
    const typed = (): OperationParameter => ({
      type: pick(['Edm.String', ...enums, ...complex, ...entities] as const, next()),
      collection: flag(),
      nullable: flag(),
    });
    const operations = memberNames.slice(0, 3).map((name): OperationDeclaration => {
      const optional = flag() ? { returns: typed() } : {};
      const parameters = { [`${name}Value`]: { ...typed(), ...(flag() ? { default: 'x' } : {}) } };
      return {
        kind: flag() ? 'action' : 'function',
        name,
        binding: pick(entities, next()),
        bindingCollection: flag(),
        parameters,
        undocumented: flag(),
        ...optional,
      };
    });
    return linkModel({
      namespace: 'microsoft.graph',
      enumTypes: enums,
      complexTypes: complex,
      entityTypes: entities,
      internal: [entityType('hidden', { base: root, properties: {} })],
      operations,
      roots: entities
        .slice(1)
        .map((type, i) => ({ kind: flag() ? 'entitySet' : 'singleton', name: `root${i}`, type, access: {}, capabilities: ['get'] })),
    });
  });

/** What the XML must say about a type, written from the declarations. */
const typeText = ({ type, collection = false }: OperationResult) => {
  const name = typeof type === 'string' ? type : `microsoft.graph.${type.name}`;
  return collection ? `Collection(${name})` : name;
};
const nullability = (nullable: boolean) => (nullable ? {} : { Nullable: 'false' });
const byName = <T extends Readonly<Record<string, unknown>>>(items: readonly T[]) => new Map(items.map((item) => [item.Name, item]));

/** A property that a type declares again is its base's. */
const expectedProperties = (type: EntityType | ComplexType) =>
  Object.entries(type.properties)
    .filter(([name, { facets }]) => facets.internal !== true && (type.base === undefined || !shapeOf(type.base).property.has(name)))
    .map(([Name, { type: t, facets }]) => ({
      Name,
      Type: typeText({ type: t, collection: facets.collection ?? false }),
      ...nullability(facets.nullable ?? false),
    }));

const expectedNavigation = (type: EntityType) =>
  Object.entries(type.navigation).map(([Name, { target, collection, nullable, contained }]) => ({
    Name,
    Type: typeText({ type: target(), collection }),
    ...nullability(nullable || collection),
    ...(contained ? { ContainsTarget: 'true' } : {}),
  }));

const expectedOperation = ({ name, binding, bindingCollection = false, parameters, returns }: OperationDeclaration) => {
  const typed = (p: OperationResult) => ({
    Type: typeText(p),
    ...nullability(p.nullable === true || (p.collection === true && typeof p.type === 'object' && p.type.kind === 'entity')),
  });
  return {
    Name: name,
    IsBound: 'true',
    Parameter: [
      { Name: 'bindingParameter', Type: typeText({ type: binding, collection: bindingCollection }) },
      ...Object.entries(parameters).map(([Name, p]) => ({
        Name,
        ...typed(p),
        ...(p.default === undefined ? {} : { Annotation: [{ Term: 'Org.OData.Core.V1.OptionalParameter' }] }),
      })),
    ],
    ...(returns === undefined ? {} : { ReturnType: typed(returns) }),
  };
};

describe('writeCsdl', () => {
  test('says what the declarations say, and no more', () => {
    fc.assert(
      fc.property(someModel, (model) => {
        const xml = writeCsdl(model);
        const schema = parse(xml);
        expect(xml).not.toMatch(/Alias|hidden/);
        expect(byName(schema.EnumType ?? [])).toEqual(
          byName(
            model.enumTypes.map((e) => ({
              Name: e.name,
              Member: Object.entries(e.members).map(([Name, v]) => ({ Name, Value: String(v) })),
            })),
          ),
        );
        for (const type of [...model.complexTypes, ...model.entityTypes]) {
          const node = ((type.kind === 'entity' ? schema.EntityType : schema.ComplexType) ?? []).find((n) => String(n.Name) === type.name)!;
          expect(node.Abstract).toBe(type.abstract === true ? 'true' : undefined);
          expect(node.BaseType).toBe(type.base === undefined ? undefined : `microsoft.graph.${type.base.name}`);
          expect(byName(node.Property ?? [])).toEqual(byName(expectedProperties(type)));
          if (type.kind === 'entity') expect(byName(node.NavigationProperty ?? [])).toEqual(byName(expectedNavigation(type)));
        }
        const documented = model.operations.filter((o) => o.undocumented !== true);
        expect(byName([...(schema.Action ?? []), ...(schema.Function ?? [])])).toEqual(byName(documented.map(expectedOperation)));
        expect(schema.EntityType!.length).toBe(model.entityTypes.length);
      }),
    );
  });

  test('every annotated read-only property is declared so, and the other way round', () => {
    fc.assert(
      fc.property(someModel, (model) => {
        const targets = (parse(writeCsdl(model)).Annotations ?? []).map((a) => String(a.Target)).filter((t) => !t.includes('GraphService'));
        const declared = [...model.complexTypes, ...model.entityTypes].flatMap((type) =>
          Object.entries(type.properties)
            .filter(([, { facets }]) => facets.readOnly === true && facets.internal !== true)
            .map(([name]) => `microsoft.graph.${type.name}/${name}`),
        );
        expect(targets.sort()).toEqual(declared.sort());
      }),
    );
  });

  const entity = entityType('entity', { abstract: true, properties: { id: property('Edm.String', { readOnly: true }) } });
  const user = entityType('user', { base: entity, properties: { id: property('Edm.String') } });
  const script = entityType('script', { base: entity, properties: {}, navigation: { owner: referenceOne(() => user, {}) } });
  const service = entityType('service', { base: entity, properties: {}, navigation: { scripts: containedMany(() => script, {}) } });
  const parts: ModelParts = {
    namespace: 'microsoft.graph',
    enumTypes: [],
    complexTypes: [],
    entityTypes: [entity, user, script, service],
    internal: [],
    operations: [],
    roots: [
      { kind: 'entitySet', name: 'users', type: user, access: {}, capabilities: ['list', 'get'] },
      { kind: 'singleton', name: 'service', type: service, access: {}, capabilities: ['get', 'update'] },
    ],
  };
  const schema = parse(writeCsdl(linkModel(parts)));

  test('the container binds references, also below contained collections', () => {
    expect(schema.EntityContainer).toEqual({
      Name: 'GraphService',
      EntitySet: [{ Name: 'users', EntityType: 'microsoft.graph.user' }],
      Singleton: [
        { Name: 'service', Type: 'microsoft.graph.service', NavigationPropertyBinding: [{ Path: 'scripts/owner', Target: 'users' }] },
      ],
    });
  });

  test('sets tell what they refuse', () => {
    const refused = (target: string) =>
      (schema.Annotations ?? [])
        .filter((a) => String(a.Target) === `microsoft.graph.GraphService/${target}`)
        .flatMap((a) => a.Annotation!.map((x) => String(x.Term)));
    expect(refused('users')).toEqual(
      ['InsertRestrictions', 'UpdateRestrictions', 'DeleteRestrictions'].map((t) => `Org.OData.Capabilities.V1.${t}`),
    );
    expect(refused('service')).toEqual([]);
  });

  test('a property that is declared again stands with its base alone', () => {
    expect(schema.EntityType!.find((e) => String(e.Name) === 'user')).toEqual({ Name: 'user', BaseType: 'microsoft.graph.entity' });
  });

  test('the key and the read-only mark have their standard form', () => {
    const node = schema.EntityType!.find((e) => String(e.Name) === 'entity')!;
    expect(node.Key).toEqual({ PropertyRef: { Name: 'id' } });
    expect(schema.Annotations!.find((a) => String(a.Target) === 'microsoft.graph.entity/id')).toEqual({
      Target: 'microsoft.graph.entity/id',
      Annotation: [
        { Term: 'Org.OData.Core.V1.Computed', Bool: 'true' },
        { Term: 'Org.OData.Core.V1.Permissions', EnumMember: ['Org.OData.Core.V1.Permission/Read'] },
      ],
    });
  });
});
