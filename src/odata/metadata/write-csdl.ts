import type {
  ComplexType,
  EntityType,
  EnumType,
  OperationDeclaration,
  OperationParameter,
  OperationResult,
  PropertyType,
} from '../../edm/declare.ts';
import { isPublished, keyNames, type Model, type Navigation, type Property, publishedName, shapeOf } from '../../edm/link.ts';
import { csdlContainer } from './csdl-container.ts';
import { type XmlElement, xmlDocument } from './xml-element.ts';

/**
 * Writes the model as CSDL XML (OData CSDL XML 4.01; version attribute 4.0, as Graph has it). Names of types are qualified
 * with the namespace and never with an alias, because client generators lose operations that are bound through one. Internal
 * types, internal columns and undocumented operations do not appear.
 * @returns the document that `$metadata` answers
 */
export function writeCsdl(model: Model): string {
  const operations = model.operations.filter((o) => o.undocumented !== true);
  const kind = (wanted: OperationDeclaration['kind']) =>
    sorted(operations.filter((o) => o.kind === wanted)).map((o) => operationElement(o, model));
  const container = csdlContainer(model);
  const schema: XmlElement = {
    Namespace: model.namespace,
    xmlns: 'http://docs.oasis-open.org/odata/ns/edm',
    EnumType: sorted(model.enumTypes).map(enumElement),
    ComplexType: sorted(model.complexTypes).map((type) => ({ ...typeHead(type, model), ...memberElements(type, model) })),
    EntityType: sorted(model.entityTypes.filter(isPublished)).map((type) => ({
      ...typeHead(type, model),
      ...keyElement(type),
      ...memberElements(type, model),
    })),
    Action: kind('action'),
    Function: kind('function'),
    EntityContainer: container.element,
    Annotations: [
      ...container.annotations,
      ...sorted([...model.complexTypes, ...model.entityTypes.filter(isPublished)]).flatMap((t) => readOnlyMarks(t, model)),
    ],
  };
  return xmlDocument({
    'edmx:Edmx': {
      Version: '4.0',
      'xmlns:edmx': 'http://docs.oasis-open.org/odata/ns/edmx',
      'edmx:DataServices': { Schema: schema },
    },
  });
}

/** By name, without regard to case, as Graph lists them. */
const sorted = <T extends { readonly name: string }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => {
    const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
    return left < right ? -1 : left > right ? 1 : 0;
  });

function typeName(type: PropertyType | OperationResult['type'], collection: boolean, model: Model): string {
  const name = typeof type === 'string' ? type : `${model.namespace}.${publishedName(type)}`;
  return collection ? `Collection(${name})` : name;
}

const enumElement = ({ name, members }: EnumType): XmlElement => ({
  Name: name,
  Member: Object.entries(members).map(([member, value]) => ({ Name: member, Value: String(value) })),
});

const typeHead = ({ name, base, abstract }: ComplexType | EntityType, model: Model): XmlElement => ({
  Name: name,
  ...(base === undefined ? {} : { BaseType: typeName(base, false, model) }),
  ...(abstract === true ? { Abstract: 'true' } : {}),
});

/** The key is declared where its properties are: at the root of a hierarchy. */
const keyElement = (type: EntityType): XmlElement =>
  keyNames(type).every((name) => Object.hasOwn(type.properties, name)) && type.base === undefined
    ? { Key: { PropertyRef: keyNames(type).map((name) => ({ Name: name })) } }
    : {};

/** A type's own visible properties and navigations; inherited ones stand with the base. */
function memberElements(type: ComplexType | EntityType, model: Model): XmlElement {
  const { navigation } = shapeOf(type);
  const own = type.kind === 'entity' ? navigation.filter((n) => Object.hasOwn(type.navigation, n.name)) : [];
  return {
    Property: sorted(ownProperties(type)).map((p) => ({
      Name: p.name,
      Type: typeName(p.type, p.collection, model),
      ...(p.nullable ? {} : { Nullable: 'false' }),
    })),
    NavigationProperty: sorted(own.filter((n) => model.entityTypes.includes(n.target))).map((n) => navigationElement(n, model)),
  };
}

/** A property that a type declares again, with other rules, is still its base's, and CSDL forbids to repeat it. */
const ownProperties = (type: ComplexType | EntityType): readonly Property[] =>
  shapeOf(type).visible.filter((p) => Object.hasOwn(type.properties, p.name) && !isInherited(type, p.name));

function isInherited({ base }: ComplexType | EntityType, name: string): boolean {
  const inherited = base && shapeOf(base).property.get(name);
  return inherited !== undefined && inherited.internal !== true;
}

const navigationElement = (n: Navigation, model: Model): XmlElement => ({
  Name: n.name,
  Type: typeName(n.target, n.collection, model),
  ...(n.nullable || n.collection ? {} : { Nullable: 'false' }),
  ...(n.contained ? { ContainsTarget: 'true' } : {}),
});

function operationElement(operation: OperationDeclaration, model: Model): XmlElement {
  const { name, binding, bindingCollection = false, parameters, returns } = operation;
  return {
    Name: name,
    IsBound: 'true',
    Parameter: [
      { Name: 'bindingParameter', Type: typeName(binding, bindingCollection, model) },
      ...Object.entries(parameters).map(
        ([parameter, p]): XmlElement => ({
          Name: parameter,
          ...parameterType(p, model),
          ...(p.default === undefined ? {} : { Annotation: [{ Term: 'Org.OData.Core.V1.OptionalParameter' }] }),
        }),
      ),
    ],
    ...(returns === undefined ? {} : { ReturnType: parameterType(returns, model) }),
  };
}

/** Nullable has no meaning for a collection of entities and must not stand there (CSDL §12). */
function parameterType({ type, collection = false, nullable = false }: OperationParameter | OperationResult, model: Model): XmlElement {
  const isEntities = typeof type === 'object' && type.kind === 'entity' && collection;
  return { Type: typeName(type, collection, model), ...(nullable || isEntities ? {} : { Nullable: 'false' }) };
}

/** Annotations of properties that only the server sets. */
const readOnlyMarks = (type: ComplexType | EntityType, model: Model): XmlElement[] =>
  sorted(ownProperties(type).filter((p) => p.readOnly === true)).map((p) => ({
    Target: `${model.namespace}.${type.name}/${p.name}`,
    Annotation: [
      { Term: 'Org.OData.Core.V1.Computed', Bool: 'true' },
      { Term: 'Org.OData.Core.V1.Permissions', EnumMember: ['Org.OData.Core.V1.Permission/Read'] },
    ],
  }));
