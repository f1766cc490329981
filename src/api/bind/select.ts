import type { ComplexType, EntityType } from '../../edm/declare.ts';
import { findNavigation, findProperty, isOrDerivesFrom, type Model, type Property } from '../../edm/link.ts';
import type { SelectItem } from '../../odata/options/query-options.ts';
import { optionError, unsupported } from './scope.ts';

/** Binds `$select` (URL Conventions §5.1.4): properties, navigations, and parts of complex values. */

/** Everything there is. */
const ALL = '*';

const isCast = (name: string): boolean => name.includes('.') && !name.includes('@');

/**
 * What is selected, in the model's spelling: names, and paths into complex values (`target/groupId`), however they were written.
 * @returns undefined for everything
 */
export function bindSelect(items: readonly SelectItem[] | undefined, type: EntityType, model: Model): readonly string[] | undefined {
  if (items === undefined) return undefined;
  const paths = new Set(items.flatMap((item) => selected(type, item, model)));
  if (paths.has(ALL)) return undefined;
  const isCovered = (path: string): boolean => [...path.matchAll(/\//g)].some(({ index }) => paths.has(path.slice(0, index)));
  return [...paths].filter((path) => !isCovered(path));
}

/** A type, and those that its rows are of where these are several: what one of them has can be selected. */
const typesIn = (type: EntityType, model: Model): readonly EntityType[] =>
  type.storage?.view === true || type.variant !== undefined
    ? [type, ...model.entityTypes.filter((other) => isOrDerivesFrom(other, type))]
    : [type];

function selected(type: EntityType, { path, options }: SelectItem, model: Model): readonly string[] {
  const [name, ...rest] = path.slice(path.findIndex((part) => !isCast(part)));
  if (name === undefined || isCast(name)) return []; // operations of a namespace: there are none to write
  if (name === ALL) return [ALL];
  const types = typesIn(type, model);
  const property = types.map((one) => findProperty(one, name)).find((found) => found !== undefined);
  if (property !== undefined) return below(property, { path: rest, ...(options === undefined ? {} : { options }) }, model);
  const navigation = types.map((one) => findNavigation(one, name)).find((found) => found !== undefined);
  if (navigation === undefined) throw optionError(`'${name}' is no property of ${type.name}.`, name);
  if (rest.length > 0 || options !== undefined) throw unsupported(`'$select' of parts of '${name}'; use '$expand', which`);
  return [navigation.name];
}

/** The whole property, or what of it a further path and options select. */
function below({ name, type }: Property, { path, options }: SelectItem, model: Model): readonly string[] {
  if (path.length === 0 && options === undefined) return [name];
  if (typeof type !== 'object' || type.kind !== 'complex') throw unsupported(`'$select' of a part of '${name}'`);
  if (path.length > 0) return inside(type, { path, ...(options === undefined ? {} : { options }) }, model).map(behind(name));
  const { select, ...others } = options!;
  if (select === undefined || Object.keys(others).length > 0) throw unsupported("Any option but '$select' inside '$select'");
  return select.flatMap((item) => inside(type, item, model)).map(behind(name));
}

const behind =
  (name: string) =>
  (path: string): string =>
    path === ALL ? name : `${name}/${path}`;

/** Paths that start from a complex value. */
function inside(type: ComplexType, { path: [name = ALL, ...path], options }: SelectItem, model: Model): readonly string[] {
  if (name === ALL) return [ALL];
  const rest = { path, ...(options === undefined ? {} : { options }) };
  if (isCast(name)) {
    const cast = model.findType(name.slice(name.lastIndexOf('.') + 1));
    if (cast?.kind !== 'complex' || !isOrDerivesFrom(cast, type)) throw optionError(`'${name}' is no kind of ${type.name}.`, name);
    return inside(cast, rest, model).map(behind(`${model.namespace}.${cast.name}`));
  }
  for (const candidate of [type, ...model.concreteTypes(type)]) {
    const property = findProperty(candidate, name);
    if (property !== undefined) return below(property, rest, model);
  }
  throw optionError(`'${name}' is no property of ${type.name}.`, name);
}
