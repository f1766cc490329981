import type { ComplexType, EntityType } from '../../edm/declare.ts';
import { findNavigation, findProperty, isOrDerivesFrom, type Navigation, type Property, shapeOf } from '../../edm/link.ts';
import { SPARSE_COLUMN } from '../../edm/sparse-values.ts';
import type { MemberExpression } from '../../odata/url/syntax.ts';
import type { ExpressionType, NavigationCollection, PathExpression } from '../../query/expression.ts';
import { ELEMENT, optionError, type Scope, secretError, unsupported } from './scope.ts';

/** Binds member paths: through single navigations to a property, then into complex values. */

/** A path as far as it has been followed. */
interface Position {
  readonly variable?: string;
  readonly navigation: readonly Navigation[];
  readonly property?: Property;
  readonly nested: readonly string[];
  /** Where the next name is looked up; absent behind a primitive. */
  readonly holder?: EntityType | ComplexType;
  readonly type?: ExpressionType;
  readonly collection: boolean;
  /** A cast that limits which properties of derived types the next name may be. */
  readonly cast?: ComplexType;
}

/** Binds a path to a single value. */
export function bindPath(syntax: MemberExpression, scope: Scope): PathExpression {
  const bound = follow(syntax, scope);
  if (bound.kind === 'navigationCollection')
    throw optionError(`'${syntax.path.join('/')}' is a collection: ask for any(…) or all(…) of it.`);
  const { position } = bound;
  if (position.collection) throw optionError(`'${syntax.path.join('/')}' is a collection: ask for any(…) or all(…) of it.`);
  if (position.type === undefined) {
    if (position.holder === undefined || position.holder.kind !== 'entity') throw optionError(`'${syntax.path.join('/')}' is no property.`);
    // `managedDevice eq null`: an entity is there when its key is.
    const id = shapeOf(position.holder).property.get('id');
    if (id === undefined) throw unsupported(`Comparing '${syntax.path.join('/')}'`);
    return pathOf({ ...position, property: id, type: id.type });
  }
  return pathOf(position);
}

/** Binds the source of a lambda: a collection of values, or of entities. */
export function bindCollection(syntax: MemberExpression, scope: Scope): PathExpression | NavigationCollection {
  const bound = follow(syntax, scope);
  if (bound.kind === 'navigationCollection') return bound;
  if (!bound.position.collection) throw optionError(`'${syntax.path.join('/')}' is no collection.`);
  return pathOf(bound.position);
}

const pathOf = ({ variable, navigation, property, nested, type }: Position): PathExpression => ({
  kind: 'path',
  type: type!,
  ...(variable === undefined ? {} : { variable }),
  navigation,
  ...(property === undefined ? {} : { property }),
  nested,
});

type Followed = { readonly kind: 'position'; readonly position: Position } | NavigationCollection;

function follow({ source, path }: MemberExpression, scope: Scope): Followed {
  if (source !== undefined) throw unsupported('A path behind a call or an alias');
  const start = startOf(path[0]!, scope);
  const names = start === undefined ? path : path.slice(1);
  let position = start ?? rowOf(scope);
  for (const [index, name] of names.entries()) {
    const { holder } = position;
    if (holder === undefined || position.collection)
      throw optionError(`'${path.join('/')}' goes on behind '${names[index - 1] ?? path[0]}', which has no properties.`);
    if (name.includes('.')) {
      position = castOf(position, name, scope);
      continue;
    }
    const navigation = holder.kind === 'entity' && position.property === undefined ? findNavigation(holder, name, scope.model) : undefined;
    if (navigation?.collection === true) {
      if (index < names.length - 1) throw optionError(`'${name}' is a collection: ask for any(…) or all(…) of it.`);
      if (position.navigation.length > 0) throw unsupported('A collection behind another navigation');
      if (navigation.through?.transitive === true) throw unsupported(`'${name}', which is worked out from many others,`);
      if (Object.keys(navigation.join).length === 0 || navigation.target.storage === undefined) throw unsupported(`'${name}'`);
      return { kind: 'navigationCollection', ...(position.variable === undefined ? {} : { variable: position.variable }), navigation };
    }
    position =
      navigation === undefined
        ? propertyAt(position, name, scope)
        : { ...position, navigation: [...position.navigation, navigation], holder: navigation.target };
  }
  return { kind: 'position', position };
}

/** What a path without a variable starts from: the row in question, or the element that is counted. */
const rowOf = (scope: Scope): Position =>
  scope.inCount === true ? startOf(ELEMENT, scope)! : { navigation: [], nested: [], holder: scope.type, collection: false };

/** A range variable, `$it`, or undefined where the first name is a property. */
function startOf(first: string, scope: Scope): Position | undefined {
  const variable = scope.variables.get(first);
  if (variable !== undefined) {
    const from = { variable: first, navigation: [], nested: [], collection: false } as const;
    if (variable.kind === 'entity') return { ...from, holder: variable.type };
    const { type } = variable;
    return typeof type === 'object' && type.kind === 'complex' ? { ...from, type, holder: type } : { ...from, type };
  }
  if (first === '$it') return rowOf({ ...scope, inCount: false });
  if (first === '$this') return rowOf(scope);
  if (first.startsWith('$')) throw unsupported(`'${first}'`);
  return undefined;
}

function castOf(position: Position, name: string, scope: Scope): Position {
  const type = scope.model.findType(name.slice(name.lastIndexOf('.') + 1));
  if (type === undefined || type.kind === 'enum') throw optionError(`'${name}' is no type of this service.`, name);
  if (!isOrDerivesFrom(type, position.holder!)) throw optionError(`'${name}' does not derive from ${position.holder!.name}.`, name);
  return type.kind === 'complex' ? { ...position, holder: type, cast: type } : { ...position, holder: type };
}

function propertyAt(position: Position, name: string, scope: Scope): Position {
  const { cast: _, holder, ...rest } = position;
  const property = findProperty(holder!, name) ?? derivedProperty(holder!, name, scope);
  if (property === undefined) throw optionError(`'${name}' is no property of ${holder!.name}.`, name);
  if (property.computed === true) throw unsupported(`'${property.name}', which is counted when it is read,`);
  if (property.secret === true) throw secretError(property.name);
  if (position.cast !== undefined) {
    // A derived type's property is found by its name alone, so the cast must say no more than the name does.
    const others = scope.model.complexTypes.filter(
      (t) => t.abstract !== true && shapeOf(t).property.has(property.name) && sameRoot(t, position.cast!),
    );
    if (others.some((t) => !isOrDerivesFrom(t, position.cast!))) throw unsupported(`A cast to ${position.cast.name} before '${name}'`);
  }
  const inner =
    typeof property.type === 'object' && property.type.kind === 'complex' && !property.collection ? { holder: property.type } : {};
  const { property: column, nested } = rest;
  const isSparse = property.sparse === true || property.unstored === true;
  const where =
    column === undefined && rest.type === undefined
      ? isSparse
        ? { property: shapeOf(holder!).property.get(SPARSE_COLUMN)!, nested: [property.name] }
        : { property, nested }
      : { ...(column === undefined ? {} : { property: column }), nested: [...nested, property.name] };
  return {
    navigation: rest.navigation,
    ...(rest.variable === undefined ? {} : { variable: rest.variable }),
    ...where,
    ...inner,
    type: property.type,
    collection: property.collection,
  };
}

/** A property of a type derived from a complex one: as in paths, no cast is asked for, and values of other types have null there. */
function derivedProperty(holder: EntityType | ComplexType, name: string, { model }: Scope): Property | undefined {
  if (holder.kind !== 'complex') return undefined;
  for (const type of model.concreteTypes(holder)) {
    const found = findProperty(type, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether two complex types have a common base. */
function sameRoot(a: ComplexType, b: ComplexType): boolean {
  const root = (type: ComplexType): ComplexType => (type.base === undefined ? type : root(type.base));
  return root(a) === root(b);
}
