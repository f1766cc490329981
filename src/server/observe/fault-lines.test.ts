import { expect, test } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { FAULT_LINE_MS, FaultLines } from './log.ts';
import type { Observation } from './observation.ts';

const full = () => new AppError('storeUnavailable', 'The disk is full.', { cause: new Error('database or disk is full') });
const finished = (facts: object): Observation => ({
  kind: 'requestFinished',
  request: { method: 'POST', target: '/beta/x', requestId: 'r' },
  response: { status: 503, headers: {}, facts },
  milliseconds: 1,
  clientAddress: '::1',
});

test('B7 requests that a fault of the store makes fail are one short line a second, which counts the others', () => {
  let now = 0;
  const lines = new FaultLines(() => now);
  const logged = (observation: Observation) => {
    const short = lines.shorten(observation);
    return short?.kind === 'requestFinished' ? short.response.facts?.error : short;
  };
  expect(logged(finished({ error: full() }))).toEqual({
    code: 'storeUnavailable',
    message: 'The disk is full. (database or disk is full)',
  });
  for (let i = 0; i < 50; i++) expect(logged(finished({ error: full() }))).toBeUndefined();
  expect(logged(finished({ error: new AppError('corruptStore', 'It is damaged.') }))).toMatchObject({ code: 'corruptStore' });
  now += FAULT_LINE_MS;
  expect(logged(finished({ error: full() }))).toMatchObject({ unlogged: 50 });
});

test('B7 parts of a batch count like requests, and what is no fault of the store is logged whole', () => {
  const lines = new FaultLines(() => 0);
  const part = (error: Error) => ({
    request: { method: 'POST', target: '/', requestId: 'p' },
    response: { status: 503, facts: { error } },
  });
  const foreign = new Error('foreign');
  const short = lines.shorten(finished({ parts: [part(full()), part(full()), part(foreign)] }));
  expect(short).toMatchObject({
    response: { facts: { parts: [{ response: { facts: { error: { code: 'storeUnavailable' } } } }, part(foreign)] } },
  });
  const failed: Observation = { kind: 'failed', what: 'work', cause: foreign };
  expect([lines.shorten(failed), lines.shorten(failed)]).toEqual([failed, failed]);
  expect(lines.shorten({ ...failed, cause: full() })).toMatchObject({ what: 'work', cause: { code: 'storeUnavailable' } });
  expect(lines.shorten({ ...failed, cause: full() })).toBeUndefined();
});
