import { tenantFeature } from '../model/tenant-feature.ts';
import type { Reader } from '../store/contract.ts';
import { findOne, type UnitOfWork } from './unit-of-work.ts';

/** Assignment filters. While they are off, assignments reach whom their groups say. */
export const ASSIGNMENT_FILTERS = 'assignmentFilters';

/** Whether a tenant has a feature switched on. One that nobody has switched is on. */
export const isEnabled = async (reader: Reader, name: string): Promise<boolean> =>
  (await findOne(reader, tenantFeature, { name }))?.enabled !== false;

/** Switches a feature on or off. */
export async function setEnabled(change: UnitOfWork, name: string, enabled: boolean): Promise<void> {
  if (!(await change.writer.update(tenantFeature, { name }, { enabled }))) await change.writer.insert(tenantFeature, { name, enabled });
}
