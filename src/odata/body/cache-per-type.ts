import type { Model } from '../../edm/link.ts';

/**
 * Remembers what is compiled from a declaration, for as long as the declaration and its model live.
 * @param compile must not ask for its own result before it returns
 */
export function cachePerType<T extends object, V>(compile: (type: T, model: Model) => V): (type: T, model: Model) => V {
  const models = new WeakMap<Model, WeakMap<T, V>>();
  const compiledFor = (model: Model): WeakMap<T, V> => {
    const fresh = new WeakMap<T, V>();
    models.set(model, fresh);
    return fresh;
  };
  return (type, model) => {
    const values = models.get(model) ?? compiledFor(model);
    const known = values.get(type);
    if (known !== undefined) return known;
    const value = compile(type, model);
    values.set(type, value);
    return value;
  };
}
