import { isShared } from './test-store.ts';

/** On PostgreSQL each request waits for another process several times; there a few runs must do, as every run asks the same of both stores. */
const SHARE = 8;

/** How often a property is tried. @param usual on the embedded store */
export const propertyRuns = (usual: number): number => (isShared ? Math.ceil(usual / SHARE) : usual);
