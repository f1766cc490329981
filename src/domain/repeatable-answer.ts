import type { Infer } from '../edm/infer.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { repeatableAnswer } from '../model/internal.ts';
import { column, keyOrder } from '../query/column.ts';
import type { Store } from '../store/contract.ts';
import { newRow, sealerOf } from './entity-rules.ts';
import type { SecretRead } from './secrets/secret-read.ts';
import { openSecrets } from './secrets/secrets.ts';
import { findOne, type UnitOfWork } from './unit-of-work.ts';

/** Answers of writes that clients may repeat: kept by the transaction of the write, so that either both are there or none. */

/** How a repeated request is recognised. */
export interface RepeatableRequest {
  /** Names the client and the id that it gave the request. */
  readonly id: string;
  /** Differs when anything else of the request differs. */
  readonly fingerprint: string;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  /** From when on the request is refused, so that its answer may be forgotten. */
  readonly expiresAt: number;
}

/** An answer, and whose secrets it holds. */
export interface Made {
  readonly answer: HttpResponse;
  readonly disclosures: readonly SecretRead[];
}

/**
 * Does the work, unless it was done for the same request before: then answers as it was answered then. Work that fails leaves
 * nothing behind and is done anew.
 * @throws repeatabilityRejected when the id was given to another request
 */
export async function answerOnce(change: UnitOfWork, request: RepeatableRequest, work: () => Promise<Made>): Promise<Made> {
  const { id, fingerprint, expiresAt, now } = request;
  const known = await findOne(change.writer, repeatableAnswer, { id });
  if (known !== undefined && known.expiresAt > now) {
    if (known.fingerprint === fingerprint) return madeBefore(openSecrets(repeatableAnswer, sealerOf(change), known));
    throw new AppError('repeatabilityRejected', 'Another request was sent with this Repeatability-Request-ID. Give each request its own.', {
      target: 'Repeatability-Request-ID',
    });
  }
  if (known !== undefined) await change.writer.delete({ from: repeatableAnswer, scope: { id } });
  const made = await work();
  const { status, headers, body } = made.answer;
  const kept = {
    id,
    fingerprint,
    expiresAt,
    status,
    headers: JSON.stringify(headers),
    body: body === undefined ? null : Buffer.from(body).toString('base64'),
    disclosures: JSON.stringify(made.disclosures),
  };
  await change.writer.insert(repeatableAnswer, newRow(repeatableAnswer, change, kept));
  return made;
}

/** The same answer again. */
const madeBefore = ({ status, headers, body, disclosures }: Infer<typeof repeatableAnswer>): Made => ({
  answer: {
    status,
    headers: JSON.parse(headers),
    ...(body === null ? {} : { body: Buffer.from(body, 'base64') }),
  },
  disclosures: JSON.parse(disclosures),
});

/** Answers forgotten in one transaction: so few that nobody notices. */
const SLICE = 200;

/**
 * Forgets the answers of a tenant that nobody may ask for any more. Other requests go on between its transactions.
 * @param now milliseconds since 1970-01-01T00:00:00Z
 */
export async function forgetExpired(store: Pick<Store, 'read' | 'write'>, tenantId: string, now: number): Promise<void> {
  const expiry = column(repeatableAnswer, 'expiresAt');
  const literal = { kind: 'literal', type: 'Edm.Int64', value: now } as const;
  const where = { kind: 'binary', type: 'Edm.Boolean', operator: 'le', left: expiry, right: literal } as const;
  const orderBy = [{ expression: expiry, descending: false }, ...keyOrder(repeatableAnswer)];
  for (let found = SLICE; found === SLICE; ) {
    const plan = { from: repeatableAnswer, scope: {}, where, orderBy, limit: SLICE, properties: ['id'] } as const;
    const ids = (await store.read(tenantId, (reader) => reader.select(plan))).map(({ id }) => id);
    found = ids.length;
    // The condition again: a request may have taken the place of an expired one meanwhile.
    if (found > 0) await store.write(tenantId, (writer) => writer.delete({ from: repeatableAnswer, scope: { id: ids }, where }));
  }
}
