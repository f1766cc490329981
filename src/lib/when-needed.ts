import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Loads a package when it is first needed instead of at start: for large ones that many a server never uses.
 * @param name of a package among the dependencies
 * @returns a function that answers the package, synchronously
 */
export function whenNeeded<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => {
    loaded ??= require(name) as T;
    return loaded;
  };
}
