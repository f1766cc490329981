import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { model } from '../../model/index.ts';
import { keyOrder } from '../../query/column.ts';
import type { Reader, Store, Writer } from '../../store/contract.ts';
import type { Problem } from '../doctor/doctor.ts';
import { streamRows } from '../reading/stream-rows.ts';
import { keyOf } from '../unit-of-work.ts';
import { openSecrets, type Sealer, sealSecrets } from './secrets.ts';

/** Goes over all secrets of a tenant: to see that they can be decrypted, and to encrypt them with a new key. */

const secretTypes: readonly EntityType[] = model.stored.filter((type) => shapeOf(type).secret.length > 0);

const secretsOf = (reader: Reader, from: EntityType): AsyncGenerator<Row> =>
  streamRows(reader, { from, scope: {}, properties: ['id', ...shapeOf(from).secret.map(({ name }) => name)] });

/** Names every value that the keys there are do not decrypt. */
export function checkSecrets(store: Pick<Store, 'read'>, sealer: Sealer): Promise<Problem[]> {
  const { tenantId } = sealer;
  return store.read(tenantId, async (reader) => {
    const problems: Problem[] = [];
    for (const type of secretTypes) {
      for await (const row of secretsOf(reader, type)) {
        for (const { name } of shapeOf(type).secret) {
          const problem = problemOf(() => openSecrets(type, sealer, { id: row.id!, [name]: row[name]! }));
          if (problem !== undefined) problems.push({ tenantId, entity: type.name, id: String(row.id), problem });
        }
      }
    }
    return problems;
  });
}

function problemOf(open: () => unknown): string | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'secretUnreadable') return error.message;
    throw error;
  }
}

/** How many rows one transaction encrypts again. */
const STEP = 500;

/**
 * Encrypts a tenant's secrets with the newest key, where they are not yet.
 * @returns how many rows
 * @throws secretUnreadable at the first value that cannot be decrypted; what was done before stays done
 */
export async function resealSecrets(store: Store, sealer: Sealer): Promise<number> {
  let total = 0;
  for (const type of secretTypes) {
    for (let after: readonly Value[] | undefined, more = true; more; ) {
      const { rows, changed } = await store.write(sealer.tenantId, (writer) => resealPage(writer, sealer, { type, after }));
      total += changed;
      more = rows.length === STEP;
      after = type.storage!.key.map((name) => rows.at(-1)?.[name] ?? null);
    }
  }
  return total;
}

async function resealPage(
  writer: Writer,
  sealer: Sealer,
  { type, after }: { readonly type: EntityType; readonly after: readonly Value[] | undefined },
): Promise<{ readonly rows: readonly Row[]; readonly changed: number }> {
  const { secret } = shapeOf(type);
  const rows = await writer.select({
    from: type,
    scope: {},
    orderBy: keyOrder(type),
    limit: STEP,
    properties: [...new Set([...type.storage!.key, 'id', ...secret.map(({ name }) => name)])],
    ...(after === undefined ? {} : { after }),
  });
  let changed = 0;
  for (const row of rows) {
    const old = secret.filter(({ name }) => row[name] !== null && !sealer.vault.isCurrent(row[name]!));
    if (old.length === 0) continue;
    const sealed = Object.fromEntries(old.map(({ name }) => [name, row[name]!]));
    const { id: _, ...values } = openSecrets(type, sealer, { ...sealed, id: row.id! });
    await writer.update(type, keyOf(type, row), sealSecrets(type, sealer, { id: row.id!, values }));
    changed += 1;
  }
  return { rows, changed };
}
