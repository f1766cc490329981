import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import type { HttpResponse } from '../lib/http.ts';
import { repeatableAnswer } from '../model/internal.ts';
import { column, keyOrder } from '../query/column.ts';
import type { Store } from '../store/contract.ts';
import { type Change, findOne } from './change.ts';

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

/**
 * Does the work, unless it was done for the same request before: then answers as it was answered then. Work that fails leaves
 * nothing behind and is done anew.
 * @throws repeatabilityRejected when the id was given to another request
 */
export async function answerOnce(change: Change, request: RepeatableRequest, work: () => Promise<HttpResponse>): Promise<HttpResponse> {
  const { id, fingerprint, expiresAt, now } = request;
  const known = await findOne(change.writer, repeatableAnswer, { id });
  if (known !== undefined && (known.expiresAt as number) > now) {
    if (known.fingerprint === fingerprint) return answerOf(known);
    throw new AppError('repeatabilityRejected', 'Another request was sent with this Repeatability-Request-ID. Give each request its own.', {
      target: 'Repeatability-Request-ID',
    });
  }
  if (known !== undefined) await change.writer.delete({ from: repeatableAnswer, scope: { id } });
  const answer = await work();
  const { status, headers } = answer;
  const body = answer.body === undefined ? null : Buffer.from(answer.body).toString('base64');
  await change.writer.insert(repeatableAnswer, { id, fingerprint, expiresAt, status, headers: JSON.stringify(headers), body });
  return answer;
}

/** The same answer again. */
const answerOf = ({ status, headers, body }: Row): HttpResponse => ({
  status: status as number,
  headers: JSON.parse(headers as string),
  ...(body === null ? {} : { body: Buffer.from(body as string, 'base64') }),
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
    const plan = { from: repeatableAnswer, scope: {}, where, orderBy, limit: SLICE, properties: ['id'] };
    const ids = (await store.read(tenantId, (reader) => reader.select(plan))).map(({ id }) => id!);
    found = ids.length;
    // The condition again: a request may have taken the place of an expired one meanwhile.
    if (found > 0) await store.write(tenantId, (writer) => writer.delete({ from: repeatableAnswer, scope: { id: ids }, where }));
  }
}
