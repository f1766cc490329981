import { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOG_BACKLOG, LOG_END_MS, LogStream } from './log-stream.ts';

/** A reader that takes what it is given when it is told to. */
function reader() {
  let text = '';
  let take: ((error?: Error) => void) | undefined;
  const sink = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      take = (error) => {
        take = undefined;
        if (error === undefined) text += chunk;
        done(error);
      };
    },
  });
  return { sink, text: () => text, isWaiting: () => take !== undefined, take: (error?: Error) => take?.(error) };
}

test('B1 every line comes out once and in order, or is counted as dropped where the log says so', () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.integer({ min: 1, max: 20_000 })), { maxLength: 80 });
  fc.assert(
    fc.property(steps, (all) => {
      const { sink, text, take, isWaiting } = reader();
      let dropped = 0;
      const stream: LogStream = new LogStream(sink, {
        dropped: (lines) => {
          dropped += lines;
        },
        flowsAgain: (lines) => stream.write(`dropped ${lines}\n`),
      });
      let serial = 0;
      for (const step of all) {
        if (step === 'take') take();
        else stream.write(`${serial++} ${'x'.repeat(step)}\n`);
        expect(sink.writableLength).toBeLessThanOrEqual(LOG_BACKLOG);
      }
      stream.flush();
      while (isWaiting()) take();
      let next = 0;
      for (const line of text().split('\n').filter(Boolean)) {
        const [first, second] = line.split(' ');
        if (first === 'dropped') next += Number(second);
        else expect(Number(first)).toBe(next++);
      }
      expect(next).toBe(serial);
      const said = [...text().matchAll(/^dropped (\d+)$/gm)].reduce((sum, [, lines]) => sum + Number(lines), 0);
      expect(said).toBe(dropped);
    }),
  );
});

test('B1 a reader that is gone costs its lines and nothing else', async () => {
  const { sink, take } = reader();
  let dropped = 0;
  const stream = new LogStream(sink, {
    dropped: (lines) => {
      dropped += lines;
    },
    flowsAgain: () => undefined,
  });
  stream.write('a\n');
  stream.flush();
  take(new Error('EPIPE'));
  await new Promise(setImmediate);
  stream.write('b\n');
  stream.flush();
  await new Promise(setImmediate);
  expect(dropped).toBe(2);
});

test('B1 the end waits for a reader that takes its time, and not for one that takes nothing', async () => {
  const { sink, take, text } = reader();
  const stream = new LogStream(sink, { dropped: () => undefined, flowsAgain: () => undefined });
  stream.write('a\n');
  const ended = stream.end();
  take();
  await ended;
  expect(text()).toBe('a\n');
  stream.write('b\n');
  const startedAt = performance.now();
  await stream.end();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(LOG_END_MS - 5);
});
