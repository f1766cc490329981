import { copyTable, dataSet, type TableDigest, tableDigest } from '../../domain/doctor/copy-table.ts';
import type { EntityType } from '../../edm/declare.ts';
import { AppError } from '../../lib/app-error.ts';
import { NO_TENANT, type Store } from '../../store/contract.ts';
import type { Config } from '../config/settings.ts';
import { checkDatabase } from './check-database.ts';
import { beginFilling } from './copy-marker.ts';
import { isDatabase, openSource, openTarget, type Target, tenantIds } from './copy-places.ts';

/** Which data set is copied where: each is a data folder or the URL of a database. */
export interface DataSetCopy extends Pick<Config, 'secretKeys'> {
  readonly from: string;
  readonly to: string;
  readonly report: (progress: CopyProgress) => void;
}

/** How far a copy has come. */
export interface CopyProgress {
  readonly phase: 'copying' | 'comparing' | 'recounting';
  /** Rows so far in this phase. */
  readonly rows: number;
  /** The tenant at work, and of how many. */
  readonly tenant: number;
  readonly tenants: number;
}

/** What a copy came to. */
export interface CopyTotals {
  readonly tenants: number;
  readonly rows: number;
  /** Rows of each type that has any. */
  readonly types: Readonly<Record<string, number>>;
  /** Whether an earlier copy was interrupted, and this one went on where it stopped. */
  readonly resumed: boolean;
}

/** One tenant, or nobody, and the types of which it can have rows. */
interface Part {
  readonly tenantId: string;
  readonly types: readonly EntityType[];
}

/**
 * Copies a whole data set into an empty place and verifies it: each table row by row, then every counter by a recount, and every secret. Until that
 * is done no server starts on it; a copy that was interrupted goes on where it stopped, if it is started again.
 * @throws invalidConfiguration when the target holds data, corruptStore when the copy or the source is not in order, and what the stores throw
 */
export async function copyDataSet({ from, to, secretKeys, report }: DataSetCopy): Promise<CopyTotals> {
  if (!isDatabase(from) && !isDatabase(to))
    throw new AppError(
      'invalidConfiguration',
      "Both places are folders; use 'muster backup', which copies one also beside a running server.",
    );
  const source = await openSource(from, { secretKeys });
  try {
    const target = await openTarget(to);
    try {
      const resumed = await beginFilling(target.store);
      const tenants = await tenantIds(source.store);
      const parts = [
        { tenantId: NO_TENANT, types: dataSet.ofNobody },
        ...tenants.map((tenantId) => ({ tenantId, types: dataSet.ofTenants })),
      ];
      await copyParts(parts, { source: source.store, target: target.store }, report);
      const types = await compareParts(parts, { source: source.store, target }, report);
      report({ phase: 'recounting', rows: 0, tenant: 0, tenants: tenants.length });
      await recount(target, source.secretKeys);
      await target.finish(source);
      return { tenants: tenants.length, rows: sum(Object.values(types)), types, resumed };
    } finally {
      await target.store.close();
    }
  } finally {
    await source.store.close();
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

async function copyParts(
  parts: readonly Part[],
  { source, target }: { readonly source: Pick<Store, 'read'>; readonly target: Store },
  report: DataSetCopy['report'],
): Promise<void> {
  let rows = 0;
  for (const [tenant, { tenantId, types }] of parts.entries()) {
    const copied = (more: number): void => {
      rows += more;
      report({ phase: 'copying', rows, tenant, tenants: parts.length - 1 });
    };
    for (const type of types) await copyTable(type, { source, target, tenantId, copied });
  }
}

/** Compares both places as they are now, each tenant in one snapshot. @returns rows of each type @throws corruptStore */
async function compareParts(
  parts: readonly Part[],
  { source, target }: { readonly source: Pick<Store, 'read'>; readonly target: Target },
  report: DataSetCopy['report'],
): Promise<Readonly<Record<string, number>>> {
  const totals: Record<string, number> = {};
  for (const [tenant, part] of parts.entries()) {
    const [theirs, ours] = await Promise.all([digestsOf(part, source), digestsOf(part, target.store)]);
    for (const [i, { name }] of part.types.entries()) {
      const [a, b] = [theirs[i]!, ours[i]!];
      if (a.rows !== b.rows || a.digest !== b.digest) throw differs(part.tenantId, { name, a, b }, target);
      if (a.rows > 0) totals[name] = (totals[name] ?? 0) + a.rows;
    }
    report({ phase: 'comparing', rows: sum(Object.values(totals)), tenant, tenants: parts.length - 1 });
  }
  return totals;
}

const digestsOf = ({ tenantId, types }: Part, store: Pick<Store, 'read'>): Promise<readonly TableDigest[]> =>
  store.read(tenantId, async (reader) => {
    const digests: TableDigest[] = [];
    for (const type of types) digests.push(await tableDigest(type, reader));
    return digests;
  });

function differs(
  tenantId: string,
  { name, a, b }: { readonly name: string; readonly a: TableDigest; readonly b: TableDigest },
  target: Target,
): AppError {
  const what = a.rows === b.rows ? `some of ${a.rows} rows differ` : `the source has ${a.rows} rows, the copy ${b.rows}`;
  return new AppError(
    'corruptStore',
    `The copy is not what the source is (tenant ${tenantId}, ${name}: ${what}). Something wrote to one of them: stop all servers, remove ${target.name}, and copy again.`,
  );
}

/** Verifies what `muster doctor` does. @throws corruptStore */
async function recount({ config, name }: Target, secretKeys: string): Promise<void> {
  const problems: string[] = [];
  const { problems: found } = await checkDatabase({ ...config, secretKeys }, (_, sentence) => {
    if (problems.length === 0) problems.push(sentence);
  });
  if (found === 0) return;
  throw new AppError(
    'corruptStore',
    `The data set is not in order (${found} problems, the first: ${problems[0]}). Run 'muster doctor' on the source, remove ${name}, and copy again.`,
  );
}
