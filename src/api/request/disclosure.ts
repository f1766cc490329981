import { secretReadOf } from '../../domain/secrets/secret-read.ts';
import { openSecrets } from '../../domain/secrets/secrets.ts';
import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { CallRun } from './context.ts';

/**
 * Secrets on their way to a client. Rows hold them sealed from the store to here, so that nothing can answer with one but by
 * {@link disclosed}, which notes it; the notes are in the audit log before the answer is sent (`write.ts` of writes, `read.ts` of reads).
 */

const isEmptyList = (value: Value): boolean => Array.isArray(value) && value.length === 0;

/** The row as the client may see it: the secrets that it asked for are open. @throws secretUnreadable */
export function disclosed(
  run: CallRun,
  row: Row,
  { type, select }: { readonly type: EntityType; readonly select?: readonly string[] | undefined },
): Row {
  const { secret } = shapeOf(type);
  if (secret.length === 0) return row;
  const wanted = secret.filter(({ name }) => (row[name] ?? null) !== null && (select === undefined || select.includes(name)));
  if (wanted.length === 0) return row;
  const names = wanted.map(({ name }) => name);
  const read = Object.fromEntries(['id', ...names].map((name) => [name, row[name]!]));
  const open = openSecrets(type, { vault: run.dependencies.vault, tenantId: run.principal.tenantId }, read);
  const told = names.filter((name) => !isEmptyList(open[name]!));
  if (told.length > 0) run.secretsRead.push(secretReadOf(type, row, told));
  return { ...row, ...open };
}
