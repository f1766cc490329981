import type { EntityType } from '../../edm/declare.ts';
import { column, keyOrder } from '../../query/column.ts';
import type { RowSet } from '../../query/plan.ts';
import type { Writer } from '../../store/contract.ts';

/** How many rows there may be: of all, of one tenant, of one address (`lib/client-network.ts`), and of one address in one tenant. */
export interface Shares {
  readonly all: number;
  readonly tenant: number;
  readonly network: number;
  readonly networkInTenant: number;
}

/** Rows that are limited by shares, and the column with their time. */
export interface Limited {
  readonly from: EntityType;
  readonly time: string;
  readonly shares: Shares;
  /** Whether the share of a tenant is open to addresses that have no row. */
  readonly sparesNewcomers: boolean;
}

/** The share that leaves no room for another row, and the time of the row that leaves it first: of several shares, the one to wait longest for. */
export async function fullShare(
  writer: Writer,
  { from, time, shares, sparesNewcomers }: Limited,
  row: { readonly tenantId: string; readonly network: string },
): Promise<{ readonly share: keyof Shares; readonly oldest: number } | undefined> {
  const { tenantId, network } = row;
  const isNewcomer = sparesNewcomers && (await writer.count({ from, scope: { tenantId, network } })) === 0;
  const scopes: readonly (readonly [keyof Shares, RowSet['scope']])[] = [
    ['all', {}],
    ['network', { network }],
    ['networkInTenant', row],
    ...(isNewcomer ? [] : [['tenant', { tenantId }] as const]),
  ];
  const orderBy = [{ expression: column(from, time), descending: false }, ...keyOrder(from)];
  let slowest: { readonly share: keyof Shares; readonly oldest: number } | undefined;
  for (const [share, scope] of scopes) {
    if ((await writer.count({ from, scope })) < shares[share]) continue;
    const [first] = await writer.select({ from, scope, orderBy, limit: 1 });
    const oldest = first![time] as number;
    if (slowest === undefined || oldest > slowest.oldest) slowest = { share, oldest };
  }
  return slowest;
}
