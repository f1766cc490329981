import { createHash } from 'node:crypto';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Reader } from '../../store/contract.ts';
import { streamRows } from '../reading/stream-rows.ts';

/** What a table holds for one tenant: two with the same rows have the same digest, whichever database they are in. */
export interface TableDigest {
  readonly rows: number;
  readonly digest: string;
}

/** Reads all rows of a type, in the order of their keys. */
export async function tableDigest(type: EntityType, reader: Reader): Promise<TableDigest> {
  const names = shapeOf(type).properties.map(({ name }) => name);
  const hash = createHash('sha256');
  let rows = 0;
  for await (const row of streamRows(reader, { from: type, scope: {} })) {
    hash.update(JSON.stringify(names.map((name) => row[name] ?? null))).update('\n');
    rows += 1;
  }
  return { rows, digest: hash.digest('hex') };
}
