import { describe, expect, test } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import type { RequestFacts } from '../../lib/http.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Observation } from './observation.ts';

const finished = (status: number, facts: RequestFacts = {}): Observation => ({
  kind: 'requestFinished',
  request: { method: 'GET', target: '/beta/x?$top=1', requestId: 'id' },
  response: { status, headers: { 'set-cookie': 'secret-header' }, body: 'secret-body', facts },
  milliseconds: 1.23456,
  clientAddress: '::1',
});

function logged(level: string, ...observations: readonly Observation[]): Record<string, unknown>[] {
  let text = '';
  const log = createLog(level, { destination: { write: (line) => (text += line) } });
  for (const observation of observations) log.observe(observation);
  void log.close();
  expect(text).not.toContain('secret');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

describe('the log', () => {
  test('has who asked what, and how it went', () => {
    const facts = { tenantId: 't', clientId: 'c', operation: 'list' };
    expect(logged('debug', finished(200, facts))).toMatchObject([
      { ...facts, requestId: 'id', method: 'GET', target: '/beta/x?$top=1', status: 200, ms: 1.23, clientAddress: '::1' },
    ]);
  });

  test('has the whole chain of causes for a 5xx, and the code alone for a 4xx', () => {
    const error = new AppError('internal', 'outer', { cause: new AppError('corruptStore', 'inner') });
    const [server, client] = logged('info', finished(500, { error }), finished(404, { error: new AppError('notFound', 'x') }));
    expect(server).toMatchObject({ level: 50, err: { stack: expect.stringMatching(/outer.*caused by.*inner/s) } });
    expect(client).toMatchObject({ level: 30, error: 'notFound' });
  });

  test('does not call it a failure that a probe finds the server not ready yet', () => {
    expect(logged('info', finished(503))).toMatchObject([{ level: 30, status: 503, msg: 'request refused' }]);
  });

  test('B10 has one short line for a request that a limit refuses, and no stack', () => {
    const [other] = logged('info', finished(501, { error: new AppError('notKept', 'x') }));
    expect(other).toMatchObject({ level: 30, status: 501, error: 'notKept', msg: 'request refused' });
    const [line] = logged('info', finished(503, { error: new AppError('busy', 'x') }));
    expect(line).toMatchObject({ level: 30, status: 503, error: 'busy', msg: 'request refused' });
    expect(line).not.toHaveProperty('err');
  });

  test('has the failed requests of a batch under their own ids', () => {
    const part = (status: number, requestId: string, error: AppError) => ({
      request: { method: 'POST', target: '/beta/y', requestId },
      response: { status, headers: {}, facts: { error, operation: 'create' } },
    });
    const parts = [part(500, 'p1', new AppError('internal', 'x')), part(424, 'p2', new AppError('failedDependency', 'y'))];
    expect(logged('debug', finished(200, { operation: 'batch', parts }))).toMatchObject([
      { requestId: 'p1', target: '/beta/y', status: 500, operation: 'create', err: { message: 'x' } },
      { requestId: 'p2', status: 424, error: 'failedDependency' },
      { requestId: 'id', status: 200, operation: 'batch' },
    ]);
  });

  test('has no query that may hold a secret', () => {
    const refused = finished(400, { operation: 'list', secretQuery: true, error: new AppError('unsupportedQueryOption', 'x') });
    const stranger = finished(401, { error: new AppError('missingToken', 'x') });
    expect(logged('info', refused, stranger)).toMatchObject([{ target: '/beta/x?…' }, { target: '/beta/x?…' }]);
  });

  test('keeps to its level', () => {
    const failed = finished(500, { error: new AppError('internal', 'x') });
    const all: Observation[] = [finished(200), finished(404), failed, { kind: 'committed', writes: 1, milliseconds: 2 }];
    expect(['silent', 'error', 'info', 'debug', 'trace'].map((level) => logged(level, ...all).length)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the metrics', () => {
  test('count requests by method, class of status and operation', async () => {
    const metrics = createMetrics();
    for (const status of [200, 201, 404]) {
      metrics.observe({ kind: 'requestStarted' });
      metrics.observe(finished(status, { operation: 'create' }));
    }
    metrics.observe({ kind: 'requestStarted' });
    const text = await metrics.expose();
    expect(text).toContain('muster_http_requests_total{method="GET",status="2xx",operation="create"} 2');
    expect(text).toContain('muster_http_requests_total{method="GET",status="4xx",operation="create"} 1');
    expect(text).toContain('muster_http_request_seconds_count{operation="create"} 3');
    expect(text).toContain('muster_http_requests_in_flight 1');
  });

  test('count a batch once, and its requests by themselves', async () => {
    const metrics = createMetrics();
    const part = {
      request: { method: 'POST', target: '', requestId: '' },
      response: { status: 201, headers: {}, facts: { operation: 'create' } },
    };
    metrics.observe(finished(200, { operation: 'batch', parts: [part, part] }));
    const text = await metrics.expose();
    expect(text).toContain('muster_http_requests_total{method="GET",status="2xx",operation="batch"} 1');
    expect(text).toContain('muster_batch_requests_total{method="POST",status="2xx",operation="create"} 2');
    expect(text).not.toContain('muster_http_requests_total{method="POST"');
  });

  test('show commits, memory and the lag of the event loop', async () => {
    const metrics = createMetrics();
    metrics.observe({ kind: 'committed', writes: 3, milliseconds: 1 });
    const text = await metrics.expose();
    expect(text).toContain('muster_commit_writes_bucket{le="4"} 1');
    expect(text).toMatch(/process_resident_memory_bytes \d+/);
    expect(text).toMatch(/nodejs_eventloop_lag_seconds \d/);
  });
});
