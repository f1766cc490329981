import type { ComplexType } from '../../src/edm/declare.ts';
import { type Property, shapeOf } from '../../src/edm/link.ts';
import { INT32_MAX } from '../../src/edm/primitive.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { model } from '../../src/model/index.ts';

/** Values that properties can have, of which there are many: the n-th of them. */

export const nth = <T>(all: readonly T[], n: number): T => all[n % all.length]!;

/** The n-th value of a property without rules of its own. */
export function sample(property: Property, n: number): unknown {
  const { type, collection, name, maxLength = 20 } = property;
  if (collection) return [sample({ ...property, collection: false }, n), sample({ ...property, collection: false }, n + 1)];
  if (name.startsWith('roleScopeTag')) return String(n % 3); // must exist
  if (typeof type === 'object' && type.kind === 'complex' && model.concreteTypes(type).length === 0) return null; // nothing can be of it
  if (typeof type === 'object') return type.kind === 'enum' ? nth(Object.keys(type.members), n) : sampleObject(type, n);
  switch (type) {
    case 'Edm.Boolean':
      return n % 2 === 0;
    case 'Edm.Int32':
      return Math.min((property.minimum ?? 0) + n, property.maximum ?? INT32_MAX);
    case 'Edm.Int64':
      return 2 ** 40 + n;
    case 'Edm.Double':
    case 'Edm.Decimal':
      return n + 0.25;
    case 'Edm.Binary':
      return Buffer.from(`#!/bin/sh\n# ${n}`).toString('base64');
    case 'Edm.DateTimeOffset':
      return `2017-01-01T00:0${n}:58.4418045-08:00`;
    case 'Edm.Date':
      return `2017-01-0${n}`;
    case 'Edm.TimeOfDay':
      return `0${n}:59:59.1234567`;
    case 'Edm.Duration':
      return `P${n}DT2M43.444327S`;
    case 'Edm.Guid':
      return uuidV4();
    case 'Edm.String':
      return `é${n} ${samples++}`.slice(0, maxLength);
  }
}
let samples = 0;

/** A value of a type that is, or derives from, a complex one, with everything in it. */
export function sampleObject(declared: ComplexType, n: number): object {
  const type = nth(model.concreteTypes(declared), n);
  const properties = shapeOf(type).visible.filter(({ readOnly }) => readOnly !== true);
  return {
    ...(type === declared ? {} : { '@odata.type': `#microsoft.graph.${type.name}` }),
    ...Object.fromEntries(properties.map((property) => [property.name, sample(property, n)])),
  };
}
